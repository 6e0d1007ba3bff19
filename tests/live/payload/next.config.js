import { withPayload } from "@payloadcms/next/withPayload"

export default withPayload({ poweredByHeader: false, outputFileTracingRoot: import.meta.dirname })
