// Makes the tables and the users; prints the users' keys as JSON on the last line.

import { randomUUID } from "node:crypto"

import { getPayload } from "payload"

import config from "./payload.config.js"

// Starting waits on something that doesn't keep Node alive: now and then it would leave (13) in the middle.
setInterval(() => {}, 1000)

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
