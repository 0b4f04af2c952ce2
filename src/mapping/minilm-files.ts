import { join } from "node:path";

export interface ModelFile {
  /** Below the model's folder, and below `modelSource`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** all-MiniLM-L6-v2, quantised: Apache-2.0, 384 dimensions, English. */
export const modelName = "all-MiniLM-L6-v2";

/** One commit of the model's repository on Hugging Face, so that its owner cannot change what arrives here. */
export const modelSource = "https://huggingface.co/Xenova/all-MiniLM-L6-v2/resolve/751bff37182d3f1213fa05d7196b954e230abad9";

/** SHA-256 of that commit's files. The model's is the repository's own LFS id; several public projects pin the same four values. */
export const modelFiles: readonly ModelFile[] = [
  { path: "config.json", bytes: 650, sha256: "7135149f7cffa1a573466c6e4d8423ed73b62fd2332c575bf738a0d033f70df7" },
  { path: "tokenizer_config.json", bytes: 366, sha256: "9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3" },
  { path: "tokenizer.json", bytes: 711_661, sha256: "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0" },
  {
    path: "onnx/model_quantized.onnx",
    bytes: 22_972_370,
    sha256: "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1",
  },
];

/** Where the downloaded model is in `<data>/models`: complete, or not there at all. */
export function downloadedModelFolder(modelsFolder: string): string {
  return join(modelsFolder, modelName);
}
