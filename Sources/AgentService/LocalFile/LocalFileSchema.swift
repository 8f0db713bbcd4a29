import AgentWire

/// The agent's own SQLite file. It explains itself: `SELECT * FROM about`, columns carry their units.
///
/// Keys begin with the time: all machines of a round land on neighbouring pages, which makes inserting some ten times
/// as fast as keys that begin with the machine, and makes deleting the old a range.
enum LocalFileSchema {
    /// `user_version` of the file. A file from a newer version is refused.
    static let version = 2
    /// "DrvA", so that `file` and other programs can tell what it is.
    static let applicationID = 0x4472_7641

    static let hostColumns = HostMetric.allCases.map(\.name)
    static let machineColumns = VirtualMachineMetric.allCases.map(\.name)

    static let tables = [
        """
        CREATE TABLE IF NOT EXISTS about(topic TEXT PRIMARY KEY, explanation TEXT NOT NULL) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS batch(agentInstance TEXT NOT NULL, sequence INTEGER NOT NULL,
            newestMilliseconds INTEGER NOT NULL, PRIMARY KEY(agentInstance, sequence)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS host_sample(timestampMilliseconds INTEGER NOT NULL, host TEXT NOT NULL,
            cluster TEXT, intervalMilliseconds INTEGER NOT NULL, cpuBusyFractions TEXT,
            \(columns(hostColumns)), PRIMARY KEY(timestampMilliseconds, host)) WITHOUT ROWID
        """,
        """
        CREATE TABLE IF NOT EXISTS vm_sample(timestampMilliseconds INTEGER NOT NULL, vm TEXT NOT NULL,
            host TEXT NOT NULL, uuid TEXT, intervalMilliseconds INTEGER NOT NULL,
            \(columns(machineColumns)), PRIMARY KEY(timestampMilliseconds, vm)) WITHOUT ROWID
        """,
    ]

    /// What brings a file of an older version up to this one.
    static func changes(since version: Int) -> [String] {
        version < 2
            ? [VirtualMachineMetric.balloonBytes, .guestUsedBytes].map {
                "ALTER TABLE vm_sample ADD COLUMN \($0.name) REAL"
            } : []
    }

    static let explanations = [
        ("file", "Samples taken by drover-agent on this host. `drover import samples` reads CSV; this is SQLite."),
        ("batch", "One row for each batch that was taken in, so that none is taken in twice."),
        (
            "host_sample",
            "One row for each sample of the host. Rates are means over intervalMilliseconds. NULL: not measured."
        ),
        ("vm_sample", "One row for each sample of a virtual machine, seen from outside it. NULL: not measured."),
        ("timestampMilliseconds", "End of the interval: milliseconds since 1970-01-01T00:00:00Z."),
        ("cpuBusyFractions", "JSON array: the busy share, 0 to 1, of each CPU that is online."),
    ]

    static let insertHost = """
        INSERT OR IGNORE INTO host_sample(timestampMilliseconds, host, cluster, intervalMilliseconds, cpuBusyFractions,
            \(hostColumns.joined(separator: ", ")))
        VALUES (\(marks(5 + hostColumns.count)))
        """

    static let insertMachine = """
        INSERT OR IGNORE INTO vm_sample(timestampMilliseconds, vm, host, uuid, intervalMilliseconds,
            \(machineColumns.joined(separator: ", ")))
        VALUES (\(marks(5 + machineColumns.count)))
        """

    private static func columns(_ names: [String]) -> String {
        names.map { "\($0) REAL" }.joined(separator: ", ")
    }

    private static func marks(_ count: Int) -> String {
        [String](repeating: "?", count: count).joined(separator: ", ")
    }
}
