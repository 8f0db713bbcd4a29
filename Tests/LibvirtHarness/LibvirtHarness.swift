import ClusterModel
import Execution
import Foundation
import Libvirt
import LibvirtDriver

/// Begins one migration and watches it to its end, or until it is killed. For tests of what is left then.
///
///     libvirt-harness STATE_FOLDER STEP VM FROM TO MODE BITS_PER_SECOND ID=URI[,PEER_URI]...
///
/// Prints the name of every phase once, and at last how it ended.
@main
struct LibvirtHarness {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 8, let mode = MigrationMode(rawValue: arguments[6]),
            let bitsPerSecond = Double(arguments[7])
        else {
            print("usage: libvirt-harness STATE_FOLDER STEP VM FROM TO MODE BITS_PER_SECOND ID=URI[,PEER_URI]...")
            exit(64)
        }
        let hosts = arguments[8...].map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let uris = parts[1].split(separator: ",").map(String.init)
            return HypervisorHost(id: parts[0], uri: uris[0], peerURI: uris.count > 1 ? uris[1] : nil)
        }
        let driver = try LibvirtDriver(
            hosts: HypervisorHosts(name: "rig", hosts: hosts), library: try LibvirtLibrary.load(),
            stateFolder: arguments[1],
            wallClock: { Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000)) })
        let request = StepRequest(
            key: StepKey(run: "run", step: arguments[2], attempt: 1), fence: 1,
            action: .migrate(
                migration: MigrationRequest(
                    vm: arguments[3], from: arguments[4], to: arguments[5], mode: mode,
                    bandwidthBitsPerSecond: bitsPerSecond, maxDowntimeMilliseconds: 300, guestRestarts: false)))
        var status = try await driver.begin(request)
        var last = ""
        while true {
            if case .active(let phase) = status, phase.name != last {
                last = phase.name
                say(last)
            }
            if status.isEnded { break }
            await driver.wait(seconds: 0.02)
            status = try await driver.status(of: request.key)
        }
        say("\(status)")
    }

    /// A line that is out at once, whatever the output is.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
