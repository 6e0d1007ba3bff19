import { isDeepStrictEqual } from "node:util"
import { EntityManager } from "@medusajs/framework/mikro-orm/knex"
import { Context } from "@medusajs/framework/types"
import { MedusaContextType, MedusaError } from "@medusajs/framework/utils"
import { createStep, createWorkflow, StepResponse, WorkflowResponse } from "@medusajs/framework/workflows-sdk"
import BrandModuleService from "../modules/brand/service"
import { BrandRecord, inTransaction, insertBrands, lockBrands, updateBrands } from "./brand-records"

export type BatchBrandsInput = {
  /** Brands to create. One that has an id which is there already isn't created again, but returned as it is. */
  create?: ({ id?: string } & Record<string, unknown>)[]
  /** Brands to update: the fields that change. */
  update?: BrandRecord[]
  /** The ids of brands to delete, as the shop deletes: softly. */
  delete?: string[]
  /** The ids of brands to delete for good, as if they had never been created. */
  purge?: string[]
  /** Brands to bring back with their ids and these fields, whether they were deleted softly or for good. */
  restore?: BrandRecord[]
  /**
   * What brands of `update`, `delete` and `purge` have to hold, by id. One that holds something else, or of `update`
   * one that is gone, is left alone.
   */
  expect?: Record<string, Record<string, unknown>>
}

export type BatchBrandsOutput = {
  created: BrandRecord[]
  updated: BrandRecord[]
  restored: BrandRecord[]
  /** The ids of `delete` and `purge` that are gone now, those that were gone already among them. */
  deleted: string[]
  /** The ids that were left alone because of `expect`. */
  skipped: string[]
}

/** One batch on its way. */
class Batch {
  readonly output: BatchBrandsOutput = { created: [], updated: [], restored: [], deleted: [], skipped: [] }
  private readonly context: Context<EntityManager>
  private records = new Map<string, BrandRecord>()

  constructor(
    private readonly input: BatchBrandsInput,
    private readonly manager: EntityManager,
    private readonly service: BrandModuleService
  ) {
    // Without its type, a workflow's container takes it for no context, and the service opens a transaction of its own.
    this.context = { __type: MedusaContextType, transactionManager: manager }
  }

  async run(): Promise<BatchBrandsOutput> {
    await this.lock()
    await this.create()
    await this.update()
    await this.delete(this.input.delete ?? [], (brand) => !brand.deleted_at, this.softDelete)
    await this.delete(this.input.purge ?? [], () => true, this.hardDelete)
    await this.restore()
    return this.output
  }

  private async lock() {
    // A repeated request waits here until the one before it has ended, and then sees what that one did.
    await this.manager.execute("select pg_advisory_xact_lock(hashtext('batch-brands'))")
    const { create = [], update = [], delete: deleted = [], purge = [], restore = [] } = this.input
    const ids = [...[...create, ...update, ...restore].flatMap((brand) => brand.id ?? []), ...deleted, ...purge]
    this.records = await lockBrands(this.manager, ids)
  }

  private async create() {
    const { create = [] } = this.input
    const missing = create.filter((brand) => !brand.id || !this.records.has(brand.id))
    const made = (await this.insert(missing))[Symbol.iterator]()
    this.output.created = create.map((brand) => this.records.get(brand.id ?? "") ?? made.next().value)
  }

  private async update() {
    const changes = new Map<string, BrandRecord>()
    for (const { id, ...fields } of this.input.update ?? []) {
      const brand = this.records.get(id)
      if (!brand || brand.deleted_at) {
        this.missing(id)
      } else if (!this.expected(brand)) {
        this.output.skipped.push(id)
      } else {
        changes.set(id, { ...changes.get(id), ...fields, id })
        this.output.updated.push(Object.assign(brand, fields))
      }
    }
    await this.write([...changes.values()])
  }

  private async delete(ids: string[], there: (brand: BrandRecord) => boolean, call: (ids: string[]) => Promise<void>) {
    const present = ids.filter((id) => this.records.has(id) && there(this.records.get(id)!))
    const skipped = new Set(present.filter((id) => !this.expected(this.records.get(id)!)))
    const doomed = present.filter((id) => !skipped.has(id))
    if (doomed.length) {
      await call.call(this, doomed)
    }
    this.output.skipped.push(...skipped)
    this.output.deleted.push(...ids.filter((id) => !skipped.has(id)))
  }

  // Links to products stay as they are: a deleted brand is hidden from them, and one that is restored is back.
  private async softDelete(ids: string[]) {
    await this.service.softDeleteBrands(ids, {}, this.context)
  }

  private async hardDelete(ids: string[]) {
    await this.service.deleteBrands(ids, this.context)
  }

  private async restore() {
    const { restore = [] } = this.input
    const missing = restore.filter((brand) => !this.records.has(brand.id))
    const made = (await this.insert(missing))[Symbol.iterator]()
    const dead = restore.filter((brand) => this.records.get(brand.id)?.deleted_at)
    this.output.restored = restore.map((brand) => {
      const record = this.records.get(brand.id)
      return record ? this.revive(record, brand) : made.next().value
    })
    await this.write(dead.map((brand) => ({ ...brand, deleted_at: null })))
  }

  private revive(record: BrandRecord, { id, ...fields }: BrandRecord): BrandRecord {
    if (!record.deleted_at && !holds(record, fields)) {
      throw new MedusaError(MedusaError.Types.NOT_ALLOWED, `Brand ${id} is there and holds something else`)
    }
    return Object.assign(record, fields, { deleted_at: null })
  }

  // The service makes an entity of each brand, which takes several times as long; but it alone makes ids.
  private async insert(brands: Record<string, unknown>[]): Promise<BrandRecord[]> {
    if (!brands.length) {
      return []
    }
    if (brands.every((brand) => brand.id)) {
      return await insertBrands(this.manager, brands as BrandRecord[])
    }
    return (await this.service.createBrands(brands, this.context)) as BrandRecord[]
  }

  // Not by the service's `updateBrands`: it merges `metadata` into what is there and drops its empty texts, so that no
  // update could be taken back, and its query for many brands grows with the square of their number.
  private async write(brands: BrandRecord[]) {
    for (const { id, updated_at } of await updateBrands(this.manager, brands)) {
      Object.assign(this.records.get(id)!, { updated_at })
    }
  }

  private expected(brand: BrandRecord): boolean {
    return holds(brand, this.input.expect?.[brand.id] ?? {})
  }

  private missing(id: string) {
    if (!this.input.expect?.[id]) {
      throw new MedusaError(MedusaError.Types.NOT_FOUND, `Brand with id: ${id} was not found`)
    }
    this.output.skipped.push(id)
  }
}

const holds = (brand: BrandRecord, fields: Record<string, unknown>): boolean =>
  Object.entries(fields).every(([name, value]) => isDeepStrictEqual(asJson(brand[name]), asJson(value)))

/** A value as clients see it: a moment is a text there. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

/** All of it in one transaction, so there is nothing to compensate. */
export const batchBrandsStep = createStep("batch-brands", async (input: BatchBrandsInput, { container }) => {
  const output = await inTransaction(container, async (manager, service) => {
    const batch = await new Batch(input, manager, service).run()
    return JSON.parse(JSON.stringify(batch)) as BatchBrandsOutput
  })
  return new StepResponse(output)
})

/**
 * Creates, updates, deletes and restores brands: all or nothing. It emits no `brand.created` or other event of its own,
 * so that a subscriber which sends brands to a CMS isn't set off by what has just come from there.
 */
export const batchBrandsWorkflow = createWorkflow("batch-brands", (input: BatchBrandsInput) => {
  return new WorkflowResponse(batchBrandsStep(input))
})
