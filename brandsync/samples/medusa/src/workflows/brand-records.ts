import { EntityManager, EntityMetadata, EntityProperty, LockMode } from "@medusajs/framework/mikro-orm/knex"
import { MedusaContainer } from "@medusajs/framework/types"
import { MedusaError } from "@medusajs/framework/utils"
import { z } from "@medusajs/framework/zod"
import { BRAND_MODULE } from "../modules/brand"
import BrandModuleService from "../modules/brand/service"

/** One row of the Brand Module's data model, with whatever columns the model has. */
export type BrandRecord = { id: string } & Record<string, unknown>

/** The name of the data model in the Brand Module. */
const MODEL = "Brand"

const MANAGED = new Set(["id", "created_at", "updated_at", "deleted_at"])

/** The brands as they are now, deleted ones included; nobody else changes them before the transaction ends. */
export const lockBrands = async (manager: EntityManager, ids: string[]): Promise<Map<string, BrandRecord>> => {
  const found = await manager.find<BrandRecord>(
    MODEL,
    { id: { $in: ids } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, filters: { softDeletable: { withDeleted: true } }, orderBy: { id: "ASC" } }
  )
  return new Map(found.map((brand) => [brand.id, brand]))
}

/** Runs a task in one transaction of the Brand Module: it is done as a whole or not at all. */
export const inTransaction = async <T>(
  container: MedusaContainer,
  task: (manager: EntityManager, service: BrandModuleService) => Promise<T>
): Promise<T> => {
  const service = container.resolve<BrandModuleService>(BRAND_MODULE)
  return await repository(service).transaction((manager) => task(manager, service))
}

/** The names of the model's own columns that a client may write. */
export const writableFields = (container: MedusaContainer): string[] =>
  properties(container).map((property) => property.name)

/** What a client may write: the model's own columns, and no other field. */
export const fieldsSchema = (container: MedusaContainer) =>
  z.object(Object.fromEntries(properties(container).map((property) => [property.name, schemaOf(property)]))).strict()

const schemaOf = (property: EntityProperty) => {
  const type = property.columnTypes?.[0] ?? property.type
  const schema = type === "jsonb" ? z.record(z.string(), z.unknown()) : type === "text" ? z.string() : z.unknown()
  return property.nullable ? schema.nullable().optional() : schema.optional()
}

const properties = (container: MedusaContainer): EntityProperty[] => {
  const service = container.resolve<BrandModuleService>(BRAND_MODULE)
  const metadata: EntityMetadata = repository(service).getFreshManager().getMetadata().get(MODEL)
  if (!metadata) {
    throw new MedusaError(MedusaError.Types.UNEXPECTED_STATE, `The Brand Module has no data model named ${MODEL}`)
  }
  return metadata.props.filter(
    (property) => property.kind === "scalar" && property.persist !== false && !MANAGED.has(property.name)
  )
}

type Repository = {
  getFreshManager(): EntityManager
  transaction<T>(task: (manager: EntityManager) => Promise<T>): Promise<T>
}

// Every service that `MedusaService` makes has a base repository, which its type keeps protected.
const repository = (service: BrandModuleService) => (service as unknown as { baseRepository_: Repository }).baseRepository_
