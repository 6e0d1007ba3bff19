export { GET, POST } from "../brands/route"
