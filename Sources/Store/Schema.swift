import GRDB

/// The tables, as an ordered list of steps from one version to the next. A step is never edited once it was released.
enum Schema {
    /// "DRVR" in ASCII, in the header of every store: tells it from other SQLite files.
    static let applicationID: Int32 = 0x4452_5652

    /// Step n takes a file from version n to version n + 1. Version 0 is an empty file.
    static let steps = [version1, version2]

    static var newestVersion: Int { steps.count }

    static func version(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    /// Takes the file to a version, each step in a transaction of its own, so that a crash leaves a whole version.
    static func migrate(_ database: Database, to target: Int = newestVersion) throws {
        for step in 0..<target {
            try database.inTransaction(.immediate) {
                // Asked again under the lock: another process may have been faster.
                guard try version(database) == step else { return .commit }
                if step == 0 { try database.execute(sql: "PRAGMA application_id = \(applicationID)") }
                try database.execute(sql: steps[step])
                try database.execute(sql: "PRAGMA user_version = \(step + 1)")
                return .commit
            }
        }
    }

    /// Inventory, samples and their rollups. All times are milliseconds since 1970, hours and days counted from there.
    ///
    /// Samples and rollups are keyed by time first: a batch then touches few pages, and what is too old is one
    /// contiguous range. The other way round SQLite writes a page for each row (measured: a tenth of the rate).
    static let version1 = """
        CREATE TABLE cluster(
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE CHECK(length(name) > 0),
            newest_sample INTEGER,
            raw_from INTEGER NOT NULL DEFAULT 0,
            five_minute_from INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE inventory(
            cluster INTEGER PRIMARY KEY REFERENCES cluster(id),
            taken_at INTEGER NOT NULL,
            document TEXT NOT NULL
        ) STRICT;
        CREATE TABLE entity(
            id INTEGER PRIMARY KEY,
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            kind INTEGER NOT NULL CHECK(kind IN (1, 2)),
            name TEXT NOT NULL CHECK(length(name) > 0),
            cpu_speed REAL NOT NULL DEFAULT 1 CHECK(cpu_speed > 0),
            UNIQUE(cluster, kind, name)
        ) STRICT;
        CREATE TABLE batch(
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            id TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            PRIMARY KEY(cluster, id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE agent(
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            host INTEGER NOT NULL REFERENCES entity(id),
            first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL CHECK(last_seen >= first_seen),
            boot_id TEXT,
            cpu_cores REAL,
            memory_bytes REAL,
            PRIMARY KEY(cluster, host)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE sighting(
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            vm INTEGER NOT NULL REFERENCES entity(id),
            host INTEGER NOT NULL REFERENCES entity(id),
            seen_at INTEGER NOT NULL,
            vcpus REAL,
            memory_bytes REAL,
            PRIMARY KEY(cluster, vm)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE sample(
            cluster INTEGER NOT NULL,
            at INTEGER NOT NULL,
            entity INTEGER NOT NULL,
            m0 REAL, m1 REAL, m2 REAL, m3 REAL, m4 REAL, m5 REAL, m6 REAL,
            m7 REAL, m8 REAL, m9 REAL, m10 REAL, m11 REAL, m12 REAL, m13 REAL,
            PRIMARY KEY(cluster, at, entity)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE stale_bucket(
            cluster INTEGER NOT NULL,
            bucket INTEGER NOT NULL,
            PRIMARY KEY(cluster, bucket)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE five_minute(
            cluster INTEGER NOT NULL,
            hour INTEGER NOT NULL,
            entity INTEGER NOT NULL,
            chunk BLOB NOT NULL,
            PRIMARY KEY(cluster, hour, entity)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE stale_day(
            cluster INTEGER NOT NULL,
            day INTEGER NOT NULL,
            PRIMARY KEY(cluster, day)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE hourly(
            cluster INTEGER NOT NULL,
            day INTEGER NOT NULL,
            entity INTEGER NOT NULL,
            chunk BLOB NOT NULL,
            PRIMARY KEY(cluster, day, entity)
        ) STRICT, WITHOUT ROWID;
        """

    /// What is planned, approved and done. The journal takes no change but the next entry.
    static let version2 = """
        CREATE TABLE snapshot(
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            digest TEXT NOT NULL,
            taken_at INTEGER NOT NULL,
            document TEXT NOT NULL,
            PRIMARY KEY(cluster, digest)
        ) STRICT;
        CREATE TABLE plan(
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            id TEXT NOT NULL CHECK(length(id) > 0),
            created_at INTEGER NOT NULL,
            snapshot TEXT NOT NULL,
            state TEXT NOT NULL CHECK(state IN ('proposed', 'running', 'done', 'failed', 'aborted')),
            document TEXT NOT NULL,
            PRIMARY KEY(cluster, id),
            FOREIGN KEY(cluster, snapshot) REFERENCES snapshot(cluster, digest)
        ) STRICT;
        CREATE TABLE approval(
            cluster INTEGER NOT NULL,
            plan TEXT NOT NULL,
            who TEXT NOT NULL CHECK(length(who) > 0),
            at INTEGER NOT NULL,
            PRIMARY KEY(cluster, plan, who),
            FOREIGN KEY(cluster, plan) REFERENCES plan(cluster, id)
        ) STRICT;
        CREATE TABLE journal(
            sequence INTEGER PRIMARY KEY CHECK(sequence >= 1),
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            run TEXT NOT NULL CHECK(length(run) > 0),
            fence INTEGER NOT NULL,
            at INTEGER NOT NULL,
            event TEXT NOT NULL CHECK(json_valid(event))
        ) STRICT;
        CREATE INDEX journal_by_run ON journal(run, sequence);
        CREATE INDEX journal_by_cluster ON journal(cluster, sequence);
        CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
            BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
        CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
            BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
        CREATE TABLE lease(
            cluster INTEGER PRIMARY KEY REFERENCES cluster(id),
            holder TEXT NOT NULL,
            fence INTEGER NOT NULL CHECK(fence >= 1),
            expires_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE control(
            sequence INTEGER PRIMARY KEY CHECK(sequence >= 1),
            cluster INTEGER REFERENCES cluster(id),
            run TEXT NOT NULL,
            command TEXT NOT NULL CHECK(command IN ('pause', 'resume', 'abort')),
            asked_by TEXT NOT NULL,
            at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX control_by_run ON control(run, sequence);
        CREATE TABLE migration(
            cluster INTEGER NOT NULL REFERENCES cluster(id),
            run TEXT NOT NULL,
            step TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            ended_at INTEGER NOT NULL,
            vm TEXT NOT NULL,
            record TEXT NOT NULL CHECK(json_valid(record)),
            PRIMARY KEY(cluster, run, step, attempt)
        ) STRICT;
        CREATE INDEX migration_by_time ON migration(cluster, ended_at);
        """
}
