import { defineMiddlewares } from "@medusajs/framework/http"
import { brandBatchMiddlewares } from "./admin/brands/batch/middlewares"

export default defineMiddlewares({
  routes: [...brandBatchMiddlewares],
})
