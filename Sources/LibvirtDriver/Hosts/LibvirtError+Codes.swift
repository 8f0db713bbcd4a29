internal import CLibvirt
internal import Execution
internal import Libvirt

// What libvirt's error numbers mean to Drover. Texts are for people; decisions rest on the numbers.
extension LibvirtError {
    /// Drover's own number for a call that did not come back; libvirt's are positive.
    static let noAnswer: Int32 = -1
    static let noDomain = Int32(CLV_ERR_NO_DOMAIN)

    /// Whether the host could not be reached, or was lost on the way: the call may or may not have taken effect.
    var isConnectionTrouble: Bool {
        switch Int(code) {
        case Int(Self.noAnswer), CLV_ERR_NO_CONNECT, CLV_ERR_INVALID_CONN, CLV_ERR_SYSTEM_ERROR, CLV_ERR_RPC,
            CLV_ERR_GNUTLS_ERROR, CLV_ERR_SSH, CLV_ERR_LIBSSH, CLV_ERR_NO_SERVER, CLV_ERR_NO_CLIENT,
            CLV_ERR_AUTH_FAILED, CLV_ERR_AUTH_CANCELLED, CLV_ERR_AUTH_UNAVAILABLE:
            true
        default: false
        }
    }

    var isUnsupported: Bool { isCode(CLV_ERR_NO_SUPPORT) || isCode(CLV_ERR_OPERATION_UNSUPPORTED) }

    var isDomainGone: Bool { isCode(CLV_ERR_NO_DOMAIN) }

    /// Whether the migration was called off, by Drover or by somebody else.
    var isAborted: Bool { isCode(CLV_ERR_OPERATION_ABORTED) }

    /// Why a migration that libvirt gave up has failed.
    var failureCode: StepFailure.Code {
        // One libvirt that loses another says so as a general error of its RPC part.
        if isConnectionTrouble || Int(domain) == CLV_FROM_RPC { return .connectionLost }
        return switch Int(code) {
        case CLV_ERR_NO_DOMAIN: .machineUnavailable
        case CLV_ERR_OPERATION_INVALID, CLV_ERR_OPERATION_TIMEOUT, CLV_ERR_RESOURCE_BUSY, CLV_ERR_DOM_EXIST: .busy
        case CLV_ERR_NO_MEMORY: .noRoom
        case CLV_ERR_NO_SUPPORT, CLV_ERR_CONFIG_UNSUPPORTED, CLV_ERR_ARGUMENT_UNSUPPORTED,
            CLV_ERR_OPERATION_UNSUPPORTED, CLV_ERR_MIGRATE_UNSAFE, CLV_ERR_CPU_INCOMPATIBLE, CLV_ERR_DEVICE_MISSING,
            CLV_ERR_NO_NETWORK, CLV_ERR_NO_STORAGE_POOL, CLV_ERR_ACCESS_DENIED, CLV_ERR_OPERATION_DENIED:
            .unsupported
        default: .internalError
        }
    }

    /// The same for a call that Drover's executor made.
    var driverError: DriverError {
        if isConnectionTrouble { return DriverError(code: .unreachable, message: message) }
        return DriverError(code: .refused, message: message, failure: failureCode)
    }
}
