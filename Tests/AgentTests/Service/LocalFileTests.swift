import AgentService
import AgentWire
import CSQLite
import Testing

@Suite struct LocalFileTests {
    private static func batch(sequence: UInt64, milliseconds: Int64 = 1_763_800_000_000) -> SampleBatch {
        SampleBatch(
            identity: BatchIdentity(agentInstance: String(repeating: "ab", count: 16), sequence: sequence), host: "h01",
            cluster: "lab",
            hostSamples: [
                HostSample(
                    timestampMilliseconds: milliseconds, intervalMilliseconds: 10_000,
                    readings: [.cpuBusyCores: 1.5, .memoryUsedBytes: 4e9], cpuBusyFractions: [0.25, 1])
            ],
            virtualMachineSamples: ["vm'1", "vm2"].map { name in
                VirtualMachineSample(
                    timestampMilliseconds: milliseconds, intervalMilliseconds: 10_000, name: name,
                    readings: [.cpuCores: 0.5])
            })
    }

    /// Runs a query with the C library, as any other program would.
    private func query(_ path: String, _ sql: String) throws -> [[String?]] {
        var handle: OpaquePointer?
        try #require(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK)
        defer { sqlite3_close_v2(handle) }
        var statement: OpaquePointer?
        try #require(
            sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK,
            "\(String(cString: sqlite3_errmsg(handle)))")
        defer { sqlite3_finalize(statement) }
        var rows: [[String?]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    sqlite3_column_text(statement, column).map { String(cString: $0) }
                })
        }
        return rows
    }

    @Test func writesWhatWasMeasuredAndLeavesGaps() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/samples.sqlite"
        let file = try LocalFile(path: path, keepDays: 30)
        try await file.write(Self.batch(sequence: 1))
        let host = try query(
            path,
            "SELECT timestampMilliseconds, host, cluster, cpuBusyCores, packageWatts, cpuBusyFractions FROM host_sample"
        )
        #expect(host == [["1763800000000", "h01", "lab", "1.5", nil, "[0.25,1.0]"]])
        let machines = try query(path, "SELECT vm, host, uuid, cpuCores, residentBytes FROM vm_sample")
        #expect(machines == [["vm'1", "h01", nil, "0.5", nil], ["vm2", "h01", nil, "0.5", nil]])
        #expect(try query(path, "PRAGMA journal_mode") == [["wal"]])
        #expect(try query(path, "SELECT count(*) > 3 FROM about") == [["1"]])
        let columns = try query(path, "SELECT name FROM pragma_table_info('host_sample')").compactMap { $0[0] }
        #expect(HostMetric.allCases.allSatisfy { columns.contains($0.name) })
    }

    @Test func eachBatchOnceAlsoAfterReopening() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/samples.sqlite"
        for _ in 0..<2 {
            let file = try LocalFile(path: path, keepDays: 30)
            try await file.write(Self.batch(sequence: 1))
            try await file.write(Self.batch(sequence: 1))
            try await file.write(Self.batch(sequence: 2, milliseconds: 1_763_800_010_000))
        }
        let summary = try LocalFile.summary(path: path)
        #expect(summary.hostSampleCount == 2)
        #expect(summary.machineSampleCount == 4)
        #expect(summary.newestMilliseconds == 1_763_800_010_000)
        #expect(try query(path, "SELECT sequence FROM batch ORDER BY 1") == [["1"], ["2"]])
    }

    @Test func theOldIsDeleted() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/samples.sqlite"
        let file = try LocalFile(path: path, keepDays: 1)
        let day: Int64 = 86_400_000
        for number in Int64(0)..<5 {
            try await file.write(
                Self.batch(sequence: UInt64(number + 1), milliseconds: 1_763_800_000_000 + number * day / 2))
        }
        // The newest, and what is at most a day older.
        #expect(try query(path, "SELECT count(*) FROM host_sample") == [["3"]])
        #expect(try query(path, "SELECT count(*) FROM vm_sample") == [["6"]])
        #expect(try query(path, "SELECT count(*) FROM batch") == [["3"]])
    }

    @Test func aFileOfAnOlderAgentGetsTheNewColumns() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/samples.sqlite"
        _ = try LocalFile(path: path, keepDays: 30)
        for column in ["balloonBytes", "guestUsedBytes"] {
            _ = try query(path, "ALTER TABLE vm_sample DROP COLUMN \(column)")
        }
        _ = try query(path, "PRAGMA user_version = 1")
        try await LocalFile(path: path, keepDays: 30).write(Self.batch(sequence: 1, milliseconds: 1_763_800_000_000))
        #expect(try query(path, "SELECT count(*), count(balloonBytes) FROM vm_sample") == [["2", "0"]])
        #expect(try query(path, "PRAGMA user_version") == [["2"]])
    }

    @Test(arguments: [
        ("PRAGMA user_version = 99", "newer"), ("PRAGMA application_id = 7", "another program"),
    ])
    func foreignFilesAreRefusedAndLeftAlone(_ sql: String, _ says: String) async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/samples.sqlite"
        _ = try LocalFile(path: path, keepDays: 30)
        _ = try query(path, sql)
        let error = #expect(throws: AgentError.self) { try LocalFile(path: path, keepDays: 30) }
        #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    @Test func noDatabaseAtAllIsAnErrorWithItsPath() throws {
        let directory = try TemporaryDirectory()
        try directory.write(String(repeating: "not a database, certainly not. ", count: 100), to: "text")
        for path in ["\(directory.path)/text", "/nowhere/file.sqlite"] {
            let error = #expect(throws: AgentError.self) { try LocalFile(path: path, keepDays: 30) }
            #expect(error?.message.contains(path) == true)
        }
        #expect(try directory.read("text").count == 3100)
        #expect(throws: AgentError.self) { try LocalFile.summary(path: "\(directory.path)/missing") }
        #expect(try directory.names() == ["text"])
    }
}
