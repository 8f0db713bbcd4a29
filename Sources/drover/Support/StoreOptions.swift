import ArgumentParser
import Store

/// `--store` and `--cluster-name`, for commands that need a store.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The SQLite file; without it $DROVER_STORE, or drover.sqlite here.", valueName: "file"))
    var store: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Which cluster of the store, when it holds several.", valueName: "name"))
    var clusterName: String?

    var path: String { store ?? Files.variable("DROVER_STORE") ?? "drover.sqlite" }

    func open(creating: Bool = false) throws -> StoreFile {
        try StoreFile(path: path, creating: creating)
    }

    /// The cluster that is meant; `created` names the one to create when nothing else does.
    func cluster(in file: StoreFile, creating created: String? = nil) throws -> ClusterStore {
        if let clusterName { return try file.cluster(named: clusterName, creating: created != nil) }
        if let created { return try file.cluster(named: created, creating: true) }
        return try file.onlyCluster()
    }
}
