// Who may do what, as a shop's project would write it: by the user's `role`.

const is = (...roles) => ({ req }) => Boolean(req.user && roles.includes(req.user.role))

export const admins = is("admin")
export const editors = is("admin", "editor")

/** Updating an entry: editors, and brandsync, which may change one field of it. */
export const updaters = is("admin", "editor", "brandsync")

/** Editors and the shop's programs see drafts too, everybody else what is published. */
export const readers = ({ req }) => (req.user ? true : { _status: { equals: "published" } })

/** A field that editors alone change. */
export const editorial = { create: editors, update: editors }

/** The field that brandsync alone changes: an editor's form that was open meanwhile can't write an old value back. */
export const linked = { create: is("admin", "brandsync"), update: is("admin", "brandsync") }
