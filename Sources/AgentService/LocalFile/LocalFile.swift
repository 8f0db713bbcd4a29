package import AgentWire

/// The agent's own SQLite file: samples by time, each batch once.
package actor LocalFile {
    private struct Statements {
        let batch: SQLiteStatement
        let host: SQLiteStatement
        let machine: SQLiteStatement
    }

    private let connection: SQLiteConnection
    private let statements: Statements
    private let keepMilliseconds: Int64
    private var lastCleaningMilliseconds: Int64?

    /// Opens the file, or makes it. A file that is damaged, of another program or of a newer version is refused and
    /// left as it is.
    package init(path: String, keepDays: Int64) throws(AgentError) {
        connection = try SQLiteConnection(path: path)
        let (milliseconds, overflow) = keepDays.multipliedReportingOverflow(by: 86_400_000)
        keepMilliseconds = overflow ? .max : milliseconds
        try Self.prepareSchema(connection, path: path)
        statements = Statements(
            batch: try connection.prepare("INSERT OR IGNORE INTO batch VALUES (?, ?, ?)"),
            host: try connection.prepare(LocalFileSchema.insertHost),
            machine: try connection.prepare(LocalFileSchema.insertMachine))
    }

    /// Writes a batch in one transaction; one that is there already is left alone.
    package func write(_ batch: SampleBatch) throws(AgentError) {
        let times =
            batch.hostSamples.map(\.timestampMilliseconds)
            + batch.virtualMachineSamples.map(\.timestampMilliseconds)
        guard let newest = times.max() else { return }
        // A closure passed to the connection may not be isolated to this actor: it gets what it needs as values.
        let (connection, statements) = (connection, statements)
        let cutoff = cleaningCutoff(now: newest)
        try connection.transaction { () throws(AgentError) in
            try statements.batch.run([
                .text(batch.identity.agentInstance), .integer(Int64(clamping: batch.identity.sequence)),
                .integer(newest),
            ])
            guard connection.changes == 1 else { return }
            for sample in batch.hostSamples { try statements.host.run(Self.row(sample, of: batch)) }
            for sample in batch.virtualMachineSamples { try statements.machine.run(Self.row(sample, of: batch)) }
            if let cutoff { try Self.deleteOlder(than: cutoff, from: connection) }
        }
        if cutoff != nil { lastCleaningMilliseconds = newest }
    }

    /// The newest sample's time and how many rows there are, for `status`. Does not make a file that is not there.
    package static func summary(path: String) throws(AgentError) -> LocalFileSummary {
        let connection = try SQLiteConnection(path: path, readOnly: true)
        let rows = try connection.prepare(
            """
            SELECT (SELECT count(*) FROM host_sample), (SELECT count(*) FROM vm_sample),
                (SELECT max(timestampMilliseconds) FROM host_sample)
            """
        ).run()
        let row = rows.first ?? []
        func number(_ column: Int) -> Int64? { column < row.count ? row[column].flatMap { Int64($0) } : nil }
        return LocalFileSummary(
            hostSampleCount: number(0) ?? 0, machineSampleCount: number(1) ?? 0, newestMilliseconds: number(2))
    }

    private static func prepareSchema(_ connection: SQLiteConnection, path: String) throws(AgentError) {
        let versionText = try connection.prepare("PRAGMA user_version").run().first?.first ?? nil
        let identifierText = try connection.prepare("PRAGMA application_id").run().first?.first ?? nil
        let tableCount = try connection.prepare("SELECT count(*) FROM sqlite_schema").run().first?.first ?? nil
        let isNew = tableCount == "0"
        guard isNew || identifierText == String(LocalFileSchema.applicationID) else {
            throw AgentError(
                code: .database, message: "\(path) is an SQLite file of another program; choose another --sqlite")
        }
        guard let version = versionText.flatMap({ Int($0) }), version <= LocalFileSchema.version else {
            throw AgentError(
                code: .database,
                message: "\(path) was written by a newer drover-agent (version \(versionText ?? "?"); "
                    + "this one knows \(LocalFileSchema.version))")
        }
        try connection.run("PRAGMA journal_mode = WAL")
        // Samples: a power cut may cost the last moments, never the file.
        try connection.run("PRAGMA synchronous = NORMAL")
        // 2 MiB: a round's pages and the way to them; the agent is to stay small.
        try connection.run("PRAGMA cache_size = -2048")
        guard isNew || version < LocalFileSchema.version else { return }
        try connection.transaction { () throws(AgentError) in
            for change in isNew ? LocalFileSchema.tables : LocalFileSchema.changes(since: version) {
                try connection.run(change)
            }
            let about = try connection.prepare("INSERT OR REPLACE INTO about VALUES (?, ?)")
            for (topic, explanation) in LocalFileSchema.explanations {
                try about.run([.text(topic), .text(explanation)])
            }
            try connection.run("PRAGMA application_id = \(LocalFileSchema.applicationID)")
            try connection.run("PRAGMA user_version = \(LocalFileSchema.version)")
        }
    }

    /// Old rows go once an hour, with a batch; `nil` when it is not yet time.
    private func cleaningCutoff(now: Int64) -> Int64? {
        if let last = lastCleaningMilliseconds, now >= last, now < last + 3_600_000 { return nil }
        let (cutoff, overflow) = now.subtractingReportingOverflow(keepMilliseconds)
        return overflow ? nil : cutoff
    }

    private static func deleteOlder(than cutoff: Int64, from connection: SQLiteConnection) throws(AgentError) {
        for sql in [
            "DELETE FROM host_sample WHERE timestampMilliseconds < ?",
            "DELETE FROM vm_sample WHERE timestampMilliseconds < ?",
            "DELETE FROM batch WHERE newestMilliseconds < ?",
        ] {
            try connection.prepare(sql).run([.integer(cutoff)])
        }
    }

    private static func row(_ sample: HostSample, of batch: SampleBatch) -> [SQLiteStatement.Value] {
        let fractions = sample.cpuBusyFractions.map { String(($0 * 10_000).rounded() / 10_000) }
        let perCPU = fractions.isEmpty ? .null : SQLiteStatement.Value.text("[\(fractions.joined(separator: ","))]")
        return [
            .integer(sample.timestampMilliseconds), .text(batch.host), batch.cluster.map { .text($0) } ?? .null,
            .integer(Int64(sample.intervalMilliseconds)), perCPU,
        ] + HostMetric.allCases.map { value(sample.readings[$0]) }
    }

    private static func row(_ sample: VirtualMachineSample, of batch: SampleBatch) -> [SQLiteStatement.Value] {
        [
            .integer(sample.timestampMilliseconds), .text(sample.name), .text(batch.host),
            sample.uuid.map { .text($0) } ?? .null, .integer(Int64(sample.intervalMilliseconds)),
        ] + VirtualMachineMetric.allCases.map { value(sample.readings[$0]) }
    }

    private static func value(_ value: Double?) -> SQLiteStatement.Value {
        value.map { .real($0) } ?? .null
    }
}

/// What `status` tells of the file.
package struct LocalFileSummary: Sendable, Hashable {
    package let hostSampleCount: Int64
    package let machineSampleCount: Int64
    package let newestMilliseconds: Int64?
}
