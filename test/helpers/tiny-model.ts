import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TinyModel {
  readonly folder: string;
  /** The row of the model's table for a word it knows, or for `[CLS]`, `[SEP]`, `[UNK]`. */
  row(word: string): Float32Array;
  remove(): void;
}

export interface TinyModelOptions {
  readonly dimensions?: number;
  /** What config.json says, where it is not the truth. */
  readonly saidDimensions?: number;
}

const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** A folder in the layout of a downloaded embedder: its ONNX graph looks each token up in a table, which is all that a test of the loading needs. */
export function makeTinyModel(
  words: readonly string[],
  { dimensions = 384, saidDimensions = dimensions }: TinyModelOptions = {},
): TinyModel {
  const folder = mkdtempSync(join(tmpdir(), "chiffon-model-"));
  const vocabulary = [...special, ...words];
  const table = new Float32Array(vocabulary.length * dimensions);
  let state = 12_345;
  for (let at = 0; at < table.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    table[at] = state / 0x40000000 - 1;
  }
  mkdirSync(join(folder, "onnx"));
  writeFileSync(join(folder, "onnx", "model_quantized.onnx"), lookupGraph(table, vocabulary.length, dimensions));
  writeJson(join(folder, "config.json"), { model_type: "bert", architectures: ["BertModel"], hidden_size: saidDimensions });
  writeJson(join(folder, "tokenizer_config.json"), { tokenizer_class: "BertTokenizer", model_max_length: 512, ...roles });
  writeJson(join(folder, "tokenizer.json"), tokenizer(vocabulary));
  return {
    folder,
    row(word) {
      const at = vocabulary.indexOf(word);
      if (at < 0) throw new Error(`the tiny model does not know ${word}`);
      return table.slice(at * dimensions, (at + 1) * dimensions);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const roles = { unk_token: "[UNK]", sep_token: "[SEP]", pad_token: "[PAD]", cls_token: "[CLS]", mask_token: "[MASK]" };

function tokenizer(vocabulary: readonly string[]): object {
  const id = (word: string): number => vocabulary.indexOf(word);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content) => ({ id: id(content), content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })), // prettier-ignore
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }, { SpecialToken: { id: "[SEP]", type_id: 0 } }],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: Object.fromEntries(["[CLS]", "[SEP]"].map((token) => [token, { id: token, ids: [id(token)], tokens: [token] }])),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, at) => [word, at])),
    },
  }; // prettier-ignore
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, JSON.stringify(value));
}

/** ONNX is protobuf: field numbers are those of onnx.proto. The graph has one node, Gather(table, input_ids) -> last_hidden_state. */
function lookupGraph(table: Float32Array, rows: number, dimensions: number): Uint8Array {
  const float = 1;
  const int64 = 7;
  const node = message(text(1, "table"), text(1, "input_ids"), text(2, "last_hidden_state"), text(4, "Gather"));
  const weights = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
  const tensor = message(number(1, rows), number(1, dimensions), number(2, float), text(8, "table"), bytes(9, weights));
  const shaped = (name: string, type: number, ...dims: Buffer[]): Buffer =>
    message(text(1, name), bytes(2, bytes(1, number(1, type), bytes(2, ...dims.map((dim) => bytes(1, dim))))));
  const free = [text(2, "batch"), text(2, "sequence")];
  const inputs = ["input_ids", "attention_mask", "token_type_ids"].map((name) => bytes(11, shaped(name, int64, ...free)));
  const output = bytes(12, shaped("last_hidden_state", float, ...free, number(1, dimensions)));
  const graph = message(bytes(1, node), text(2, "tiny"), bytes(5, tensor), ...inputs, output);
  return message(number(1, 8), text(2, "chiffon"), bytes(7, graph), bytes(8, text(1, ""), number(2, 17)));
}

function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function bytes(field: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value));
}

function varint(value: number): Buffer {
  const result: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    result.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return Buffer.from(result);
}
