/** PostgreSQL's text holds no NUL. */
export const toText = (text: string): string => text.replace(/[\\\0]/g, (character) => (character === '\0' ? '\\0' : '\\\\'))
