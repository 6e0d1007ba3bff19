/** A brand as the CMS lists it; `external_id` is its id in Medusa. */
export type CmsBrand = { id: string; name: string; external_id?: string | null }

class CmsModuleService {
  constructor(_: unknown, private readonly options: { url: string }) {}

  async retrieveBrands(): Promise<CmsBrand[]> {
    const response = await fetch(`${this.options.url}/brands`)
    return await response.json()
  }
}

export default CmsModuleService
