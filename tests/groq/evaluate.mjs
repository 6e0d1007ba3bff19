// Answers queries in GROQ: a line of JSON in, a line of JSON out. What a data set holds is told as it changes.

import {createInterface} from 'node:readline'
import {evaluate, parse} from 'groq-js'

const dataSets = new Map()

function documentsOf({dataset, put, drop}) {
  if (!dataSets.has(dataset)) dataSets.set(dataset, new Map())
  const documents = dataSets.get(dataset)
  for (const id of drop) documents.delete(id)
  for (const document of put) documents.set(document._id, document)
  return documents
}

async function answer(asked) {
  const documents = documentsOf(asked)
  if (asked.forget) return dataSets.delete(asked.dataset)
  const seen = [...documents.values()].filter((document) => isSeen(document._id, asked.perspective))
  const tree = parse(asked.query, {params: asked.params})
  const value = await evaluate(tree, {dataset: seen, params: asked.params})
  return value.get()
}

// groq-js knows no perspectives: "published" leaves drafts and the documents of releases out. ("Perspectives".)
function isSeen(id, perspective) {
  return perspective === 'raw' || !/^(drafts|versions)\./.test(id)
}

for await (const line of createInterface({input: process.stdin})) {
  let told
  try {
    told = {result: (await answer(JSON.parse(line))) ?? null}
  } catch (error) {
    told = {error: String(error.message)}
  }
  process.stdout.write(JSON.stringify(told) + '\n')
}
