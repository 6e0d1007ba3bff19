import { model } from "@medusajs/framework/utils"

export const Brand = model.define("brand", {
  id: model.id().primaryKey(),
  name: model.text(),
  handle: model.text().nullable(),
  description: model.text().nullable(),
  logo: model.text().nullable(),
  logo_url: model.text().nullable(),
  website_url: model.text().nullable(),
  external_id: model.text().nullable(),
  metadata: model.json().nullable(),
  founded: model.number().nullable(),
  is_active: model.boolean().default(true),
  weight: model.float().nullable(),
  price: model.bigNumber().nullable(),
  price_range: model.enum(["low", "high"]).nullable(),
  opened_at: model.dateTime().nullable(),
  tags: model.array().nullable(),
  stats: model.json().nullable(),
})
