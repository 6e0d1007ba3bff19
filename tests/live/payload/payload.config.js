import path from "node:path"
import { fileURLToPath } from "node:url"

import { sqliteAdapter } from "@payloadcms/db-sqlite"
import { lexicalEditor } from "@payloadcms/richtext-lexical"
import { buildConfig } from "payload"

import { admins, editorial, editors, linked, readers, updaters } from "./access.js"
import { testing } from "./testing.js"

const home = process.env.PAYLOAD_HOME ?? path.dirname(fileURLToPath(import.meta.url))

const Users = {
  slug: "users",
  auth: { useAPIKey: true },
  access: { create: admins, read: admins, update: admins, delete: admins },
  fields: [{ name: "role", type: "select", required: true, options: ["admin", "editor", "brandsync", "reader"] }],
}

const Media = {
  slug: "media",
  upload: { staticDir: path.join(home, "media") },
  access: { read: () => true, create: editors, update: editors, delete: editors },
  fields: [{ name: "alt", type: "text" }],
}

const Brands = {
  slug: "brands",
  admin: { useAsTitle: "name" },
  versions: { drafts: true },
  access: { read: readers, create: editors, update: updaters, delete: editors },
  fields: [
    { name: "name", type: "text", required: true, localized: true, access: editorial },
    { name: "description", type: "richText", access: editorial },
    { name: "summary", type: "textarea", access: editorial },
    { name: "website_url", type: "text", access: editorial },
    { name: "logo", type: "upload", relationTo: "media", access: editorial },
    { name: "external_id", type: "text", index: true, admin: { readOnly: true }, access: linked },
  ],
}

// The same type without drafts and without the field for the store's id.
const Plain = {
  slug: "plain-brands",
  access: { read: () => true, create: editors, update: updaters, delete: editors },
  fields: [{ name: "name", type: "text", required: true }],
}

export default buildConfig({
  secret: process.env.PAYLOAD_SECRET ?? "for tests alone",
  telemetry: false,
  admin: { user: "users" },
  collections: [Users, Media, Brands, Plain],
  db: sqliteAdapter({ client: { url: `file:${path.join(home, "payload.db")}` } }),
  editor: lexicalEditor(),
  endpoints: testing,
  graphQL: { disable: true },
  localization: { locales: ["en", "de"], defaultLocale: "en", fallback: true },
})
