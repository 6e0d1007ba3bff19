// What the tests do in bulk, through the same local API that the routes use.

import { admins } from "./access.js"

const allowed = (req) => admins({ req })

const refused = () => Response.json({ errors: [{ message: "for tests alone" }] }, { status: 403 })

async function seed(req) {
  if (!allowed(req)) return refused()
  const ids = []
  for (const { status, ...data } of (await req.json()).brands) {
    const doc = await req.payload.create({
      collection: "brands",
      data: { ...data, _status: status ?? "published" },
      depth: 0,
      draft: status === "draft",
    })
    ids.push(doc.id)
  }
  return Response.json({ ids })
}

async function reset(req) {
  if (!allowed(req)) return refused()
  const { db } = req.payload
  await db.deleteVersions({ collection: "brands", where: {} })
  await db.deleteMany({ collection: "brands", where: {} })
  await db.deleteMany({ collection: "plain-brands", where: {} })
  await req.payload.delete({ collection: "media", where: { id: { exists: true } } })
  await db.deleteMany({ collection: "payload-locked-documents", where: {} })
  return Response.json({})
}

// What the admin panel does as soon as an editor changes something in an open entry.
async function lock(req) {
  if (!allowed(req)) return refused()
  const { docs } = await req.payload.find({ collection: "users", where: { role: { equals: "editor" } } })
  await req.payload.create({
    collection: "payload-locked-documents",
    data: {
      document: { relationTo: "brands", value: (await req.json()).id },
      user: { relationTo: "users", value: docs[0].id },
    },
  })
  return Response.json({})
}

export const testing = [
  { path: "/testing/seed", method: "post", handler: seed },
  { path: "/testing/reset", method: "post", handler: reset },
  { path: "/testing/lock", method: "post", handler: lock },
]
