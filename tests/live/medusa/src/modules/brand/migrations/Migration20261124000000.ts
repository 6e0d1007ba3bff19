import { Migration } from "@medusajs/framework/mikro-orm/migrations";

export class Migration20261124000000 extends Migration {

  override async up(): Promise<void> {
    this.addSql(`create table if not exists "brand" ("id" text not null, "name" text not null, "handle" text null, "description" text null, "logo" text null, "logo_url" text null, "website_url" text null, "external_id" text null, "metadata" jsonb null, "founded" integer null, "is_active" boolean not null default true, "weight" real null, "price" numeric null, "price_range" text check ("price_range" in ('low', 'high')) null, "opened_at" timestamptz null, "tags" text[] null, "stats" jsonb null, "raw_price" jsonb null, "created_at" timestamptz not null default now(), "updated_at" timestamptz not null default now(), "deleted_at" timestamptz null, constraint "brand_pkey" primary key ("id"));`);
    this.addSql(`CREATE INDEX IF NOT EXISTS "IDX_brand_deleted_at" ON "brand" ("deleted_at") WHERE deleted_at IS NULL;`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table if exists "brand" cascade;`);
  }

}
