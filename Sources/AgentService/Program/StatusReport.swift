import ClusterModel

/// What `status` prints: pairs of a name and a value.
struct StatusReport {
    private let lines: [(key: String, value: String)]

    init(options: StatusOptions) throws(AgentError) {
        var lines: [(key: String, value: String)] = []
        if let path = options.databasePath { lines += try Self.database(path) }
        if options.spoolDirectory != nil || options.databasePath == nil {
            lines += try Self.spool(options.spoolDirectory ?? AgentOptions.defaultSpoolDirectory)
        }
        self.lines = lines
    }

    func text(_ format: OutputFormat) -> String {
        switch format {
        case .text: lines.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
        case .json: JSONText.object(lines.map { ($0.key, .string($0.value)) }).text
        }
    }

    private static func spool(_ directory: String) throws(AgentError) -> [(key: String, value: String)] {
        let contents = try SpoolContents(directory: directory)
        return [
            ("spool", directory),
            ("waiting batches", String(contents.sizes.count)),
            ("waiting bytes", String(contents.byteCount)),
            ("refused batches kept", String(contents.refusedCount)),
            ("damaged batches kept", String(contents.damagedCount)),
        ] + (try StatusFile.read(path: StatusFile.path(inSpool: directory)))
    }

    private static func database(_ path: String) throws(AgentError) -> [(key: String, value: String)] {
        let summary = try LocalFile.summary(path: path)
        let newest = summary.newestMilliseconds.map { "\(Timestamp(millisecondsSinceEpoch: $0))" }
        return [
            ("sqlite", path),
            ("host samples", String(summary.hostSampleCount)),
            ("virtual machine samples", String(summary.machineSampleCount)),
            ("newest sample", newest ?? "none"),
        ]
    }
}
