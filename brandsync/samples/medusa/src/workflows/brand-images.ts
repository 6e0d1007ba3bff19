import { createHash } from "node:crypto"
import { EntityManager } from "@medusajs/framework/mikro-orm/knex"
import { MedusaContainer } from "@medusajs/framework/types"
import { Modules } from "@medusajs/framework/utils"
import { inTransaction, isHeld } from "./brand-records"

/** A picture as the shop's file provider keeps it. */
export type BrandImage = { id: string; url: string }

/** What tells a picture from every other: the name under which it was uploaded, and the SHA-256 of its bytes. */
export type ImageKey = { name: string; sha256: string }

/**
 * Which picture is which file. A file provider makes the ids of files itself and can't list them, so a client that lost
 * an answer would never find its file again. A table of its own needs no migration of the Brand Module.
 */
const TABLE = "brandsync_image"

/** The largest picture, in bytes: each is in memory while it is uploaded. */
export const MAX_IMAGE = 50 * 1024 * 1024

export const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex")

/** The file of a picture, or none. Waits for an upload of it that is under way. */
export const findImage = async (container: MedusaContainer, key: ImageKey): Promise<BrandImage | null> =>
  await inTransaction(container, async (manager) => {
    await lock(manager, key.name)
    return await find(manager, key)
  })

/**
 * Uploads a picture, unless it is there, and returns its file. It is no workflow: Medusa would copy the bytes into the
 * workflow's records.
 */
export const keepImage = async (
  container: MedusaContainer,
  key: ImageKey,
  mimeType: string,
  content: Buffer
): Promise<BrandImage> => {
  await makeTable(container)
  const made: BrandImage[] = []
  try {
    return await inTransaction(container, async (manager) => {
      await lock(manager, key.name)
      const there = await find(manager, key)
      if (there) {
        return there
      }
      const file = { filename: key.name, mimeType, content: content.toString("base64"), access: "public" as const }
      made.push(await container.resolve(Modules.FILE).createFiles(file))
      const [{ id, url }] = made
      const sql = `insert into ${TABLE} (name, sha256, id, url) values (?, ?, ?, ?)`
      await manager.execute(sql, [key.name, key.sha256, id, url])
      return { id, url }
    })
  } catch (error) {
    // The transaction may have been committed all the same. Only a file that nobody would find again goes.
    const kept = await findImage(container, key)
    for (const { id } of made.filter((file) => file.id !== kept?.id)) {
      await container.resolve(Modules.FILE).deleteFiles(id)
    }
    throw error
  }
}

/** Removes an uploaded picture by its address, and says whether it is gone: one that a brand refers to stays. */
export const removeImage = async (container: MedusaContainer, url: string): Promise<boolean> =>
  await inTransaction(container, async (manager) => {
    for (const { name } of await rows(manager, "url = ?", [url])) {
      await lock(manager, name)
    }
    if (await isHeld(container, manager, url)) {
      return false
    }
    // Another request may have removed it while this one waited. The file goes first: a repeated request finds the rest.
    for (const { id } of await rows(manager, "url = ?", [url])) {
      await container.resolve(Modules.FILE).deleteFiles(id)
      await manager.execute(`delete from ${TABLE} where id = ?`, [id])
    }
    return true
  })

const find = async (manager: EntityManager, { name, sha256 }: ImageKey): Promise<BrandImage | null> => {
  const [found] = await rows(manager, "name = ? and sha256 = ?", [name, sha256])
  return found ? { id: found.id, url: found.url } : null
}

const rows = async (manager: EntityManager, where: string, values: string[]): Promise<(ImageKey & BrandImage)[]> =>
  (await isThere(manager)) ? await manager.execute(`select * from ${TABLE} where ${where}`, values) : []

const isThere = async (manager: EntityManager): Promise<boolean> => {
  const [{ found }] = await manager.execute<{ found: boolean }[]>(`select to_regclass('${TABLE}') is not null as found`)
  return found
}

/** One request at a time works on the pictures of a name, until its transaction ends. */
const lock = async (manager: EntityManager, name: string) =>
  await manager.execute("select pg_advisory_xact_lock(hashtext(?))", [`${TABLE} ${name}`])

const makeTable = async (container: MedusaContainer) =>
  await inTransaction(container, async (manager) => {
    if (await isThere(manager)) {
      return
    }
    await lock(manager, "")
    await manager.execute(
      `create table if not exists ${TABLE} (name text not null, sha256 text not null, id text not null,` +
        " url text not null, created_at timestamptz not null default now(), primary key (name, sha256))"
    )
  })
