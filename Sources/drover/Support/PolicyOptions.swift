import ArgumentParser
import ClusterModel
import Documents
import Glibc

/// `--policy` and `--set`, as every planning command takes them.
struct PolicyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The policy: a file, or the name of one in a policies folder.",
            discussion: """
                A name such as nightly-consolidation is looked for as NAME.yaml in $DROVER_POLICIES, in ./policies and \
                in the policies folder that came with the program. Without --policy the built-in defaults hold.
                """,
            valueName: "file|name"))
    var policy: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Override one key of the policy, for example spareHosts=0 or limits.cpu=0.9; may be repeated.",
            valueName: "key=value"))
    var settings: [String] = []

    var isGiven: Bool { policy != nil || !settings.isEmpty }

    /// The policy with the settings applied; warnings go to the standard error.
    func load(else fallback: Policy = Policy()) throws -> Policy {
        var loaded = fallback
        if let policy {
            let path = try PolicyFolder.path(of: policy)
            let reading = try PolicyDocument.read(try Files.read(path), name: Files.name(of: path))
            for warning in reading.warnings { Terminal.note("warning: \(warning)") }
            loaded = reading.value
        }
        return try PolicyDocument.applying(settings: settings, to: loaded)
    }
}

/// Where policies are found by name.
enum PolicyFolder {
    static func path(of policy: String) throws -> String {
        if policy == "-" || policy.contains("/") || Files.exists(policy) { return policy }
        let names = policy.contains(".") ? [policy] : ["\(policy).yaml", "\(policy).yml", "\(policy).json"]
        for folder in folders {
            for name in names where Files.exists("\(folder)/\(name)") { return "\(folder)/\(name)" }
        }
        let searched = folders.isEmpty ? "nowhere" : folders.joined(separator: ", ")
        throw Failure(
            "policy '\(policy)': no such file, and no \(policy).yaml in a policies folder (searched: \(searched))")
    }

    private static var folders: [String] {
        var candidates = Files.variable("DROVER_POLICIES").map { [$0] } ?? []
        candidates.append("policies")
        // Beside the program, in its prefix's share folder, or, for a build that was not installed, above it.
        var folder = Files.program()[...]
        for _ in 0..<5 {
            guard let slash = folder.lastIndex(of: "/") else { break }
            folder = folder[..<slash]
            candidates += ["\(folder)/policies", "\(folder)/share/drover/policies"]
        }
        return candidates.filter(Files.exists)
    }
}
