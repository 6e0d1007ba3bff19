import { defineConfig } from "@medusajs/framework/utils"

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    // A database on this machine speaks no TLS.
    databaseDriverOptions: { connection: { ssl: false } },
    http: {
      storeCors: "http://127.0.0.1",
      adminCors: "http://127.0.0.1",
      authCors: "http://127.0.0.1",
      jwtSecret: "a secret of the live tests alone",
      cookieSecret: "a secret of the live tests alone",
      jwtExpiresIn: process.env.JWT_EXPIRES_IN,
    },
  },
  admin: { disable: true },
  modules: [
    { resolve: "./src/modules/brand" },
    {
      resolve: "@medusajs/medusa/file",
      options: {
        providers: [
          { resolve: "@medusajs/medusa/file-local", id: "local", options: { backend_url: process.env.FILES_URL } },
        ],
      },
    },
    { resolve: "./src/modules/cms", options: { url: process.env.CMS_URL } },
  ],
})
