import { zodValidator } from "@medusajs/framework"
import { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { MedusaError } from "@medusajs/framework/utils"
import { z } from "@medusajs/framework/zod"
import { findImage, keepImage, MAX_IMAGE, removeImage, sha256 } from "../../../../workflows/brand-images"

const keySchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9-]+\.[a-z0-9]+$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** The file of `?name=…&sha256=…`, or null. */
export const GET = async (req: MedusaRequest, res: MedusaResponse) => {
  const key = await zodValidator(keySchema, req.query as z.infer<typeof keySchema>)
  res.json({ image: await findImage(req.scope, key) })
}

/** Keeps the body as the file of `?name=…&sha256=…`. Repeating it gives the same file. */
export const PUT = async (req: MedusaRequest, res: MedusaResponse) => {
  const key = await zodValidator(keySchema, req.query as z.infer<typeof keySchema>)
  const content = await bodyOf(req)
  if (!content) {
    res.status(413).json({ type: "invalid_data", message: `A picture has ${MAX_IMAGE} bytes at most` })
    return
  }
  if (sha256(content) !== key.sha256) {
    throw new MedusaError(MedusaError.Types.INVALID_DATA, "The bytes that arrived are others than the ones named")
  }
  const mimeType = req.headers["content-type"] ?? "application/octet-stream"
  res.json({ image: await keepImage(req.scope, key, mimeType, content) })
}

/** Removes the file at `?url=…`, unless a brand refers to it. One that is gone, or that isn't ours, is no error. */
export const DELETE = async (req: MedusaRequest, res: MedusaResponse) => {
  const { url } = await zodValidator(z.object({ url: z.string() }), req.query as { url: string })
  res.json({ url, object: "image", deleted: await removeImage(req.scope, url) })
}

/** The bytes as they came: Medusa's parsers leave pictures alone. None if there are too many. */
const bodyOf = async (req: MedusaRequest): Promise<Buffer | null> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    size += chunk.length
    if (size <= MAX_IMAGE) {
      chunks.push(chunk)
    }
  }
  return size <= MAX_IMAGE ? Buffer.concat(chunks) : null
}
