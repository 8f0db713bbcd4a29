import Foundation
import ProgramSupport
import TestSupport
import Testing

/// A real Prometheus scrapes a real `drover serve`, and answers from what it found there.
@Suite(
    .enabled(if: PrometheusProgram.isReady, "no Prometheus: .ci/prepare-prometheus unpacks it where root and apt allow")
)
struct PrometheusTests {
    private static let token = "an-operators-token-of-enough-length"

    @Test(.timeLimit(.minutes(2))) func scrapesWhatTheServerCounts() async throws {
        let scratch = try Scratch()
        try scratch.write(SmallCluster.document, to: "small.cluster.json")
        let imported = try await scratch.drover("import", "cluster", "small.cluster.json", "--store", "server.sqlite")
        try #require(imported.status == 0, "\(imported.errors)")
        try scratch.write(Self.token + "\n", to: "operator")
        chmod("\(scratch.path)/operator", 0o600)
        let server = try await Serving(scratch, "--operator-token-file", "operator")
        defer { server.program.kill() }
        let port = LoopbackPort.free()
        try scratch.write(Self.configuration(target: server.port), to: "prometheus.yml")
        let prometheus = try Programs.start(
            PrometheusProgram.path,
            [
                "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:\(port)",
                "--log.level=error",
            ], in: scratch.path)
        defer { prometheus.kill() }
        let client = LoopbackClient(port: port)
        let scraped = try await Self.eventually(prometheus) {
            guard LoopbackPort.answers(port) else { return false }
            return try await Self.value(of: "up", client) == "1"
        }
        #expect(scraped, "the target is never up")
        for (query, expected) in [
            ("drover_vms{cluster=\"small\"}", "4"), ("sum(drover_hosts{state=\"on\"})", "3"),
            ("drover_batches_total{outcome=\"accepted\"}", "0"),
        ] {
            #expect(try await Self.value(of: query, client) == expected, "\(query)")
        }
    }

    private static func configuration(target port: Int) -> String {
        """
        global: { scrape_interval: 1s }
        scrape_configs:
          - job_name: drover
            authorization: { credentials_file: operator }
            static_configs: [{ targets: ["127.0.0.1:\(port)"] }]
        """
    }

    /// The value of a query that has one result; `nil` while it has none.
    private static func value(of query: String, _ client: LoopbackClient) async throws -> String? {
        let escaped = try #require(query.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let answer = try await client.get("/api/v1/query?query=\(escaped)")
        guard answer.status == 200 else { return nil }
        // {"data":{"result":[{"metric":{},"value":[1795513721.5,"4"]}]}}
        return answer.body.firstMatch(of: /"value":\[[0-9.]+,"([^"]*)"\]/).map { String($0.1) }
    }

    private static func eventually(
        _ program: Programs.Running, _ isSo: () async throws -> Bool
    ) async throws -> Bool {
        let end = Date().addingTimeInterval(60)
        while Date() < end {
            let said = try String(contentsOfFile: program.errors, encoding: .utf8)
            try #require(!program.hasEnded, "\(said)")
            if try await isSo() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}

enum PrometheusProgram {
    /// Where `.ci/prepare-prometheus` unpacks it.
    static let path =
        (ProcessInfo.processInfo.environment["DROVER_PROMETHEUS"] ?? "/var/cache/drover-rig/prometheus")
        + "/usr/bin/prometheus"
    static let isReady = FileManager.default.isExecutableFile(atPath: path)
}
