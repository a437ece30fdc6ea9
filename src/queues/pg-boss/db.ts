/** Whatever pg-boss sends its statements through. */
export interface BossDb {
  // biome-ignore lint/suspicious/noExplicitAny: as pg-boss has it
  executeSql(text: string, values?: any[]): Promise<{ rows: any[] }>
}
