import ArgumentParser
import ClusterModel
import Execution
import Store

/// Who moves the VMs. A new driver is a module, a case here and its lines below.
enum DriverName: String, ExpressibleByArgument, CaseIterable {
    case simulated, libvirt
}

/// Which platform a run is carried out on, and how it is reached.
struct PlatformOptions: ParsableArguments {
    @Option(name: .long, help: "Which platform moves the VMs.")
    var driver: DriverName = .simulated

    @Option(
        name: .long,
        help: ArgumentHelp("The hosts and how they are reached (drover.hosts/1), for libvirt.", valueName: "file"),
        completion: .file())
    var hosts: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Accounts of the hosts' power controllers, for libvirt.", valueName: "file"),
        completion: .file())
    var accounts: String?

    @Option(name: .long, help: ArgumentHelp("Where the simulated platform listens.", valueName: "path"))
    var socket: String?

    func validate() throws {
        switch driver {
        case .simulated:
            guard hosts == nil else { throw ValidationError("--hosts goes with --driver libvirt") }
            guard accounts == nil else { throw ValidationError("--accounts goes with --driver libvirt") }
        case .libvirt:
            guard hosts != nil else { throw ValidationError("--driver libvirt needs --hosts FILE") }
            guard socket == nil else { throw ValidationError("--socket goes with --driver simulated") }
        }
    }

    /// The platform for a run that begins.
    func starting(
        _ plan: Plan, _ cluster: Cluster, _ policy: Policy, in store: ClusterStore, simulation: SimulationArguments
    ) async throws -> any PlatformDriver {
        switch driver {
        case .simulated:
            try await SimulatedPlatform(store: store.file.path, socket: socket)
                .driver(for: plan, cluster: cluster, policy: policy, simulation: simulation)
        case .libvirt:
            try LibvirtPlatform(hostsFile: hosts ?? "").driver(of: plan.cluster, in: store, accounts: accounts)
        }
    }

    /// The platform of a run that is taken up again.
    func running(_ plan: Plan, in store: ClusterStore) async throws -> any PlatformDriver {
        switch driver {
        case .simulated: try await SimulatedPlatform(store: store.file.path, socket: socket).running()
        case .libvirt:
            try LibvirtPlatform(hostsFile: hosts ?? "").driver(of: plan.cluster, in: store, accounts: accounts)
        }
    }
}
