import { createStep, createWorkflow, StepResponse, WorkflowResponse } from "@medusajs/framework/workflows-sdk"
import { BRAND_MODULE } from "../modules/brand"
import BrandModuleService from "../modules/brand/service"

export type CreateBrandInput = { name: string }

export const createBrandStep = createStep(
  "create-brand-step",
  async (input: CreateBrandInput, { container }) => {
    const service: BrandModuleService = container.resolve(BRAND_MODULE)
    const brand = await service.createBrands(input)
    return new StepResponse(brand, brand.id)
  },
  async (id, { container }) => {
    const service: BrandModuleService = container.resolve(BRAND_MODULE)
    await service.deleteBrands(id!)
  }
)

export const createBrandWorkflow = createWorkflow("create-brand", (input: CreateBrandInput) => {
  return new WorkflowResponse(createBrandStep(input))
})
