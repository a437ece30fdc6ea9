import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { mysqlStore } from 'countersign/stores/mysql'
import { postgresStore } from 'countersign/stores/postgres'
import { sqliteStore } from 'countersign/stores/sqlite'
import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { startMariadb } from '../../test/servers/mariadb'
import { startPostgres } from '../../test/servers/postgres'
import { type Contest, cycleOf, duplicateOf, freshKey, freshToken, leaseMs, result, retentionMs } from './contest'

export async function postgres(): Promise<Contest> {
  const server = await startPostgres()
  if (!server) throw new Error('No PostgreSQL server starts here.')
  const pool = new pg.Pool({ connectionString: server.url, max: 20 })
  // The server is stopped while connections are still being closed.
  pool.on('error', () => undefined)
  const store = postgresStore(pool)
  await store.migrate()
  await pool.query('create table plain (id text primary key, result bytea)')
  return {
    title: 'PostgreSQL with pg, 20 connections, `synchronous_commit` on',
    atOnce: 64,
    perRound: 1500,
    contenders: [
      {
        name: 'INSERT and UPDATE of one row, which fence nothing',
        async act() {
          const key = freshKey()
          await pool.query('insert into plain (id) values ($1) on conflict do nothing', [key])
          await pool.query('update plain set result = $2 where id = $1', [key, result])
        },
      },
      { name: '`postgresStore`: claim and complete', act: cycleOf(store) },
      {
        name: '`postgresStore`: claim, and complete in a transaction',
        async act() {
          const [key, token] = [freshKey(), freshToken()]
          await store.claim(key, { token, leaseMs, retentionMs })
          await store.transaction((client) => store.complete(key, token, result, retentionMs, client))
        },
      },
      { name: '`postgresStore`: a duplicate', act: await duplicateOf(store) },
    ],
    async close() {
      await pool.end()
      await server.stop()
    },
  }
}

export async function mysql(): Promise<Contest> {
  const server = await startMariadb()
  if (!server) throw new Error('There is no mariadbd on this machine.')
  const pool = createPool({ uri: server.url, connectionLimit: 20 })
  const store = mysqlStore(pool)
  await store.migrate()
  await pool.query('CREATE TABLE plain (id VARBINARY(512) NOT NULL PRIMARY KEY, result MEDIUMBLOB) ENGINE = InnoDB')
  return {
    title: 'MariaDB with mysql2, 20 connections, flushed at each commit',
    atOnce: 64,
    perRound: 400,
    contenders: [
      {
        name: 'INSERT and UPDATE of one row, which fence nothing',
        async act() {
          const key = freshKey()
          await pool.query('INSERT IGNORE INTO plain (id) VALUES (?)', [key])
          await pool.query('UPDATE plain SET result = ? WHERE id = ?', [Buffer.from(result), key])
        },
      },
      { name: '`mysqlStore`: claim and complete', act: cycleOf(store) },
      { name: '`mysqlStore`: a duplicate', act: await duplicateOf(store) },
    ],
    async close() {
      await pool.end()
      await server.stop()
    },
  }
}

export async function sqlite(): Promise<Contest> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
  const open = () => {
    const database = new Database(join(folder, 'keys.sqlite'))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    return database
  }
  const [own, store] = [open(), sqliteStore(open)]
  await store.migrate()
  own.exec('CREATE TABLE plain (key TEXT PRIMARY KEY, token TEXT, result BLOB) WITHOUT ROWID')
  const insert = own.prepare('INSERT INTO plain (key, token) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const update = own.prepare('UPDATE plain SET result = ? WHERE key = ?')
  return {
    title: 'SQLite with better-sqlite3, WAL and `synchronous = FULL`',
    atOnce: 1,
    perRound: 300,
    contenders: [
      {
        name: 'INSERT and UPDATE of one row, which fence nothing',
        async act() {
          const key = freshKey()
          insert.run(key, freshToken())
          update.run(result, key)
        },
      },
      { name: '`sqliteStore`: claim and complete', act: cycleOf(store) },
      { name: '`sqliteStore`: a duplicate', act: await duplicateOf(store) },
    ],
    async close() {
      store.close()
      own.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
