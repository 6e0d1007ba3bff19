// Makes the tables and the users; prints the users' keys as JSON on the last line.

import { randomUUID } from "node:crypto"

import { getPayload } from "payload"

import config from "./payload.config.js"

const payload = await getPayload({ config })
const keys = {}
for (const role of ["admin", "editor", "brandsync", "reader"]) {
  keys[role] = randomUUID()
  await payload.create({
    collection: "users",
    data: { email: `${role}@example.com`, password: randomUUID(), role, enableAPIKey: true, apiKey: keys[role] },
  })
}
console.log(JSON.stringify(keys))
process.exit(0)
