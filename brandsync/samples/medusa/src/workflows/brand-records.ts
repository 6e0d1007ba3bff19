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
  const query = select(manager, ids).setLockMode(LockMode.PESSIMISTIC_WRITE)
  const found = ids.length ? await query.execute<BrandRecord[]>("all") : []
  return new Map(found.map((brand) => [brand.id, brand]))
}

/** Inserts brands that have ids, and returns them as they are stored. */
export const insertBrands = async (manager: EntityManager, brands: BrandRecord[]): Promise<BrandRecord[]> => {
  for (const { rows, table, columns, values } of statements(manager, brands)) {
    const names = columns.map(({ column }) => column).join(", ")
    const sql = `insert into ${table} (${names}) select ${columns.map(({ name }) => `v.${name}`).join(", ")} from ${values}`
    await manager.execute(sql, [rows])
  }
  const found = await select(manager, brands.map((brand) => brand.id)).execute<BrandRecord[]>("all")
  const byId = new Map(found.map((brand) => [brand.id, brand]))
  return brands.map((brand) => byId.get(brand.id)!)
}

/** Updates brands by their ids, and returns when that was, by id. */
export const updateBrands = async (manager: EntityManager, brands: BrandRecord[]): Promise<BrandRecord[]> => {
  const updated: BrandRecord[] = []
  for (const { rows, table, columns, values } of statements(manager, brands)) {
    const settings = columns.filter(({ field }) => field !== "id").map(({ name, column }) => `${column} = v.${name}`)
    const sql =
      `update ${table} b set ${[...settings, "updated_at = now()"].join(", ")} from ${values}` +
      " where b.id = v.id returning b.id, b.updated_at"
    updated.push(...(await manager.execute<BrandRecord[]>(sql, [rows])))
  }
  return updated
}

/**
 * What makes a statement of all brands that have the same fields. Their values go as one JSON text, from which
 * PostgreSQL reads them exactly: MikroORM writes a list as `{a,null}`, where the text "null" and blanks are lost.
 */
const statements = (manager: EntityManager, brands: BrandRecord[]) => {
  const { properties, tableName } = metadata(manager)
  const quote = (name: string) => manager.getPlatform().quoteIdentifier(name)
  return [...groupBy(brands, (brand) => Object.keys(brand).sort().join()).values()].map((some) => {
    const columns = Object.keys(some[0]).map((field) => ({
      field,
      name: quote(field),
      column: quote(properties[field].fieldNames[0]),
      type: properties[field].columnTypes[0],
    }))
    const types = columns.map(({ name, type }) => `${name} ${type}`).join(", ")
    const values = `jsonb_to_recordset(?::jsonb) as v(${types})`
    return { rows: JSON.stringify(some), table: quote(tableName), columns, values }
  })
}

/** Whether any brand, even a deleted one, holds this text in an attribute of the type `text`. */
export const isHeld = async (container: MedusaContainer, manager: EntityManager, text: string): Promise<boolean> => {
  const quote = (name: string) => manager.getPlatform().quoteIdentifier(name)
  const texts = properties(container).filter((property) => typeOf(property) === "text")
  const columns = texts.map((property) => quote(property.fieldNames[0])).join(", ")
  const sql = `select 1 from ${quote(metadata(manager).tableName)} where ?::text in (${columns}) limit 1`
  return (await manager.execute<unknown[]>(sql, [text])).length > 0
}

const select = (manager: EntityManager, ids: string[]) =>
  manager.createQueryBuilder(MODEL).select("*").where({ id: { $in: ids } }).orderBy({ id: "ASC" })

const groupBy = <T>(items: T[], key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item)) ?? []
    groups.set(key(item), group)
    group.push(item)
  }
  return groups
}

/** Runs a task in one transaction of the Brand Module: it is done as a whole or not at all. */
export const inTransaction = async <T>(
  container: MedusaContainer,
  task: (manager: EntityManager, service: BrandModuleService) => Promise<T>
): Promise<T> => {
  const service = container.resolve<BrandModuleService>(BRAND_MODULE)
  return await repository(service).transaction((manager) => task(manager, service))
}

/** What a client can know of an attribute of the data model. */
export type Attribute = {
  /** As the data model language calls it, or the column's type where that has no attribute for it. */
  type: string
  nullable: boolean
  /** Whether a new brand gets a value where none is given. */
  default: boolean
  /** The only values that an `enum` takes. */
  values?: string[]
}

/** The types of the data model language, by the columns that they make. */
const TYPES: Record<string, string> = {
  text: "text",
  integer: "number",
  real: "float",
  numeric: "bigNumber",
  boolean: "boolean",
  timestamptz: "dateTime",
  jsonb: "json",
  "text[]": "array",
}

const SCHEMAS: Record<string, z.ZodTypeAny> = {
  text: z.string(),
  number: z.number().int(),
  float: z.number(),
  boolean: z.boolean(),
  dateTime: z.string(),
  json: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]),
  array: z.array(z.string().nullable()),
}

/** The attributes of the data model, by name, those that no client may write among them. */
export const attributes = (container: MedusaContainer): Record<string, Attribute> =>
  Object.fromEntries(properties(container).map((property) => [property.name, attribute(property)]))

/** The names of the attributes that a client may write. */
export const writableFields = (container: MedusaContainer): string[] =>
  writable(container).map((property) => property.name)

/** What a client may write: the model's own attributes, and no other field. */
export const fieldsSchema = (container: MedusaContainer) =>
  z.object(Object.fromEntries(writable(container).map((property) => [property.name, schemaOf(property)]))).strict()

const attribute = (property: EntityProperty): Attribute => ({
  type: typeOf(property),
  nullable: Boolean(property.nullable),
  default: property.defaultRaw !== undefined || Boolean(property.autoincrement),
  ...(isEnum(property) && { values: property.items as string[] }),
})

const typeOf = (property: EntityProperty): string => {
  const column = property.columnTypes?.[0] ?? property.type
  return isEnum(property) ? "enum" : (TYPES[column] ?? column)
}

const isEnum = (property: EntityProperty) => Boolean(property.enum) && property.columnTypes?.[0] === "text"

const schemaOf = (property: EntityProperty) => {
  const schema = isEnum(property) ? z.enum(property.items as [string, ...string[]]) : SCHEMAS[typeOf(property)]
  return property.nullable ? schema.nullable().optional() : schema.optional()
}

/** Those whose column alone holds the value: a `bigNumber` has a second column, which only Medusa's own setter fills. */
const writable = (container: MedusaContainer): EntityProperty[] =>
  properties(container).filter((property) => isEnum(property) || typeOf(property) in SCHEMAS)

const properties = (container: MedusaContainer): EntityProperty[] => {
  const service = container.resolve<BrandModuleService>(BRAND_MODULE)
  const found = metadata(repository(service).getFreshManager()).props.filter(
    (property) => property.kind === "scalar" && property.persist !== false && !MANAGED.has(property.name)
  )
  const twins = new Set(found.filter((one) => typeOf(one) === "bigNumber").map(({ name }) => `raw_${name}`))
  return found.filter((property) => !twins.has(property.name))
}

const metadata = (manager: EntityManager): EntityMetadata => {
  const found = manager.getMetadata().find(MODEL)
  if (!found) {
    throw new MedusaError(MedusaError.Types.UNEXPECTED_STATE, `The Brand Module has no data model named ${MODEL}`)
  }
  return found
}

type Repository = {
  getFreshManager(): EntityManager
  transaction<T>(task: (manager: EntityManager) => Promise<T>): Promise<T>
}

// Every service that `MedusaService` makes has a base repository, which its type keeps protected.
const repository = (service: BrandModuleService) => (service as unknown as { baseRepository_: Repository }).baseRepository_
