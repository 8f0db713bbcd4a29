package import CLibvirt
internal import Glibc

/// The loaded library. Holding one is the proof that libvirt is there.
///
/// libvirt's functions may be called from any thread, but most of them block until the host has answered: they are to
/// be called from threads of the caller's own, never from Swift's pool.
public struct LibvirtLibrary: Sendable {
    /// Written once before the first `load` returns, and never after.
    nonisolated(unsafe) package let api: UnsafePointer<clibvirt_api>

    /// Loads libvirt, or gives the library that is loaded already.
    ///
    /// Throws an error of code 0 that says what to install when there is no libvirt, or what is too old.
    public static func load() throws(LibvirtError) -> LibvirtLibrary {
        var problem: UnsafePointer<CChar>?
        guard let api = clibvirt_load(&problem) else {
            let reason = problem.map { String(cString: $0) } ?? "libvirt cannot be loaded"
            throw LibvirtError(code: 0, message: reason)
        }
        return LibvirtLibrary(api: api)
    }

    /// Starts the thread that keeps connections alive, and that notices when a host no longer answers. Once per
    /// process, before the first connection; later calls do nothing.
    public func startEventLoop() throws(LibvirtError) {
        if clibvirt_start_event_loop(api) != 0 {
            throw LibvirtError(code: 0, message: "libvirt's event loop cannot be started")
        }
    }

    /// The version as libvirt counts it: major x 1,000,000 + minor x 1,000 + release.
    public var version: Int {
        var version: UInt = 0
        return api.pointee.virGetVersion(&version, nil, nil) == 0 ? Int(version) : 0
    }

    /// Whether dirty rates can be measured (libvirt 7.2).
    public var canMeasureDirtyRate: Bool { api.pointee.virDomainStartDirtyRateCalc != nil }

    /// The error of the last call on this thread.
    package func lastError(_ what: String) -> LibvirtError {
        guard let error = api.pointee.virGetLastError() else {
            return LibvirtError(code: Int32(CLV_ERR_INTERNAL_ERROR), message: "\(what): libvirt gave no reason")
        }
        let text = error.pointee.message.map { String(cString: $0) } ?? "libvirt gave no reason"
        return LibvirtError(code: error.pointee.code, domain: error.pointee.domain, message: "\(what): \(text)")
    }

    /// Throws the last error when a call answered less than 0; else its answer.
    @discardableResult
    package func checked(_ what: String, _ answer: Int32) throws(LibvirtError) -> Int32 {
        guard answer >= 0 else { throw lastError(what) }
        return answer
    }

    /// Takes over a string that libvirt allocated.
    package func taken(_ what: String, _ text: UnsafeMutablePointer<CChar>?) throws(LibvirtError) -> String {
        guard let text else { throw lastError(what) }
        defer { free(text) }
        return String(cString: text)
    }
}
