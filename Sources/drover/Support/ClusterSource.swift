import ArgumentParser
import ClusterModel
import Documents
import Server
import Store

/// Where a cluster comes from: a document, or a store with its inventory and samples.
struct ClusterSource: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The cluster document, JSON or YAML; - is the standard input.", valueName: "file"),
        completion: .file())
    var cluster: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A store instead: inventory and samples from this SQLite file.", valueName: "file"),
        completion: .file())
    var store: String?

    @Option(name: .long, help: ArgumentHelp("Which cluster of the store, when it holds several.", valueName: "name"))
    var clusterName: String?

    func validate() throws {
        guard (cluster == nil) != (store == nil) else {
            throw ValidationError("say where the cluster comes from: either --cluster FILE or --store FILE")
        }
        guard store != nil || clusterName == nil else { throw ValidationError("--cluster-name goes with --store") }
    }

    /// The cluster as it is to be planned on, at a moment.
    ///
    /// From a document: as it stands there. From a store: the inventory as agents have seen it since, with the demand
    /// that the samples foretell; the moment is that of the newest sample unless one is given.
    func load(policy: Policy, at moment: Timestamp?) throws -> LoadedCluster {
        if let cluster {
            let value = try Self.document(cluster)
            return LoadedCluster(cluster: value, moment: moment ?? value.takenAt, notes: [], store: nil)
        }
        let stored = try openStore()
        let situation = try StoredSituation(of: stored, policy: policy, at: moment)
        let told = situation.newestSample.map { "newest sample \($0)" } ?? "no samples"
        Terminal.note(
            "\(stored.file.path): cluster \(stored.name) at \(situation.moment) (\(told)); demand of "
                + "\(situation.sampledVMs) of \(situation.runningVMs) running VMs rests on samples")
        for sentence in situation.notes { Terminal.note("note: \(sentence)") }
        return LoadedCluster(
            cluster: situation.cluster, moment: situation.moment, notes: situation.notes, store: stored)
    }

    func openStore() throws -> ClusterStore {
        let file = try StoreFile(path: store ?? "")
        return try clusterName.map { try file.cluster(named: $0) } ?? file.onlyCluster()
    }

    /// Reads a cluster document; its warnings go to the standard error.
    static func document(_ path: String) throws -> Cluster {
        let reading = try ClusterDocument.read(try Files.read(path), name: Files.name(of: path))
        for warning in reading.warnings { Terminal.note("warning: \(warning)") }
        return reading.value
    }
}

/// A cluster to plan on.
struct LoadedCluster {
    var cluster: Cluster
    /// The planner's clock.
    var moment: Timestamp
    /// On what data it rests, for the plan.
    var notes: [String]
    /// Where it came from, when that was a store.
    var store: ClusterStore?
}
