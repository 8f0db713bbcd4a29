import ClusterModel
import Store
import Synchronization

/// What the server counts, for `/metrics` in the text format of Prometheus. Names and numbers only, no secrets.
final class ServerMetrics: Sendable {
    private struct Counts {
        var requests: [Int: Int] = [:]
        var acceptedBatches = 0
        var repeatedBatches = 0
        var refusedBatches: [String: Int] = [:]
        var storedSamples = 0
        var droppedSamples = 0
    }

    private let counts = Mutex(Counts())
    private let startedAt: Timestamp

    init(startedAt: Timestamp) { self.startedAt = startedAt }

    func answered(status: Int) { counts.withLock { $0.requests[status, default: 0] += 1 } }

    func took(_ result: IngestResult) {
        counts.withLock { counts in
            if result.wasKnown { counts.repeatedBatches += 1 } else { counts.acceptedBatches += 1 }
            counts.storedSamples += result.stored
            counts.droppedSamples += result.tooOld + result.ahead
        }
    }

    func refused(_ reason: String) { counts.withLock { $0.refusedBatches[reason, default: 0] += 1 } }

    /// All of it, with the state of the clusters.
    func text(clusters: [ClusterState]) -> String {
        let counts = counts.withLock { $0 }
        var page = Page()
        page.family("drover_start_time_seconds", "gauge", "When the server started, seconds since 1970.")
        page.sample("drover_start_time_seconds", [], Double(startedAt.millisecondsSinceEpoch) / 1000)
        page.family("drover_http_requests_total", "counter", "Requests answered, by status.")
        for (status, count) in counts.requests.sorted(by: { $0.key < $1.key }) {
            page.sample("drover_http_requests_total", [("status", String(status))], Double(count))
        }
        page.family("drover_batches_total", "counter", "Batches of samples, by what became of them.")
        page.sample("drover_batches_total", [("outcome", "accepted")], Double(counts.acceptedBatches))
        page.sample("drover_batches_total", [("outcome", "repeated")], Double(counts.repeatedBatches))
        for (reason, count) in counts.refusedBatches.sorted(by: { $0.key < $1.key }) {
            page.sample("drover_batches_total", [("outcome", "refused"), ("reason", reason)], Double(count))
        }
        page.family("drover_samples_total", "counter", "Samples of hosts and VMs, by what became of them.")
        page.sample("drover_samples_total", [("outcome", "stored")], Double(counts.storedSamples))
        page.sample("drover_samples_total", [("outcome", "dropped")], Double(counts.droppedSamples))
        page.add(clusters)
        return page.text
    }

    /// What is told of a cluster.
    struct ClusterState: Sendable {
        let name: String
        let newestSample: Timestamp?
        let hosts: [(state: String, count: Int)]
        let vms: Int
        let plans: [(state: String, count: Int)]
    }

    /// Lines of the exposition format, version 0.0.4.
    private struct Page {
        var text = ""

        mutating func family(_ name: String, _ type: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }

        mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
            let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
            text += "\(name)\(labels.isEmpty ? "" : "{\(pairs)}") \(number)\n"
        }

        mutating func add(_ clusters: [ClusterState]) {
            family("drover_hosts", "gauge", "Hosts in the inventory, by state.")
            for cluster in clusters {
                for (state, count) in cluster.hosts {
                    sample("drover_hosts", [("cluster", cluster.name), ("state", state)], Double(count))
                }
            }
            family("drover_vms", "gauge", "VMs in the inventory.")
            for cluster in clusters { sample("drover_vms", [("cluster", cluster.name)], Double(cluster.vms)) }
            family("drover_plans", "gauge", "Plans kept, by state.")
            for cluster in clusters {
                for (state, count) in cluster.plans {
                    sample("drover_plans", [("cluster", cluster.name), ("state", state)], Double(count))
                }
            }
            family("drover_newest_sample_time_seconds", "gauge", "Time of the newest sample, seconds since 1970.")
            for cluster in clusters {
                guard let newest = cluster.newestSample else { continue }
                let seconds = Double(newest.millisecondsSinceEpoch) / 1000
                sample("drover_newest_sample_time_seconds", [("cluster", cluster.name)], seconds)
            }
        }

        private static func escaped(_ label: String) -> String {
            var result = ""
            for scalar in label.unicodeScalars {
                switch scalar {
                case "\\": result += "\\\\"
                case "\"": result += "\\\""
                case "\n": result += "\\n"
                default: result.unicodeScalars.append(scalar)
                }
            }
            return result
        }
    }
}
