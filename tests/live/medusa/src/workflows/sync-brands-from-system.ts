// The workflow of Medusa's guide "Schedule Syncing Brands from CMS", step by step: what brandsync is measured against.
import {
  createStep,
  createWorkflow,
  StepResponse,
  transform,
  WorkflowResponse,
} from "@medusajs/framework/workflows-sdk"
import { BRAND_MODULE } from "../modules/brand"
import BrandModuleService from "../modules/brand/service"
import { CMS_MODULE } from "../modules/cms"
import CmsModuleService, { CmsBrand } from "../modules/cms/service"

const retrieveBrandsFromCmsStep = createStep("retrieve-brands-from-cms", async (_, { container }) => {
  const cms: CmsModuleService = container.resolve(CMS_MODULE)
  return new StepResponse(await cms.retrieveBrands())
})

const createBrandsStep = createStep(
  "create-brands-step",
  async ({ brands }: { brands: { name: string }[] }, { container }) => {
    const service: BrandModuleService = container.resolve(BRAND_MODULE)
    const created = await service.createBrands(brands)
    return new StepResponse(created, created.map((brand) => brand.id))
  },
  async (ids, { container }) => {
    if (!ids) {
      return
    }
    const service: BrandModuleService = container.resolve(BRAND_MODULE)
    await service.deleteBrands(ids)
  }
)

const updateBrandsStep = createStep(
  "update-brands-step",
  async ({ brands }: { brands: { id: string; name: string }[] }, { container }) => {
    const service: BrandModuleService = container.resolve(BRAND_MODULE)
    const before = await service.listBrands({ id: brands.map((brand) => brand.id) })
    const updated = await service.updateBrands(brands)
    return new StepResponse(updated, before)
  },
  async (before, { container }) => {
    if (!before) {
      return
    }
    const service: BrandModuleService = container.resolve(BRAND_MODULE)
    await service.updateBrands(before)
  }
)

export const syncBrandsFromSystemWorkflow = createWorkflow("sync-brands-from-system", () => {
  const brands = retrieveBrandsFromCmsStep()
  const { toCreate, toUpdate } = transform({ brands }, (data) => {
    const cmsBrands = data.brands as CmsBrand[]
    return {
      toCreate: cmsBrands.filter((brand) => !brand.external_id).map(({ name }) => ({ name })),
      toUpdate: cmsBrands
        .filter((brand) => brand.external_id)
        .map(({ external_id, name }) => ({ id: external_id!, name })),
    }
  })
  const created = createBrandsStep({ brands: toCreate })
  const updated = updateBrandsStep({ brands: toUpdate })
  return new WorkflowResponse({ created, updated })
})
