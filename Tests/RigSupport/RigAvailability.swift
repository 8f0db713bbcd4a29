internal import Foundation
public import Testing

/// Whether tests on real hypervisors can run here.
public enum RigAvailability {
    /// Why not; `nil` when they can. `.ci/prepare-rig` installs what they need, and `.ci/test` says with
    /// `DROVER_RIG_SKIP` that it could not.
    public static let obstacle: String? = {
        let environment = ProcessInfo.processInfo.environment
        if let reason = environment["DROVER_RIG_SKIP"], !reason.isEmpty { return reason }
        guard geteuid() == 0 else { return "not root" }
        let missing = ["libvirtd", "virsh", "qemu-system-x86_64", "busybox", "ip", "tc", "gcc"].filter { program in
            !["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"].contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
            }
        }
        return missing.isEmpty ? nil : "\(missing.joined(separator: ", ")) missing; .ci/prepare-rig installs them"
    }()

    public static var isReady: Bool { obstacle == nil }

    /// For `.enabled(if: RigAvailability.isReady, RigAvailability.comment)`. `.ci/count.awk` knows a skipped test on
    /// real hypervisors by how this begins.
    public static var comment: Comment { "no rig: \(obstacle ?? "")" }
}
