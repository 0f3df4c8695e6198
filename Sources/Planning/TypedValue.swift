// A value with what decides how it compares: the type of its field and how its database stores values.
package import Metadata

package struct TypedValue: Sendable {
    package let value: BoundValue
    package let kind: ScalarKind
    package let typing: StorageTyping

    package init(_ value: BoundValue, _ kind: ScalarKind, _ typing: StorageTyping) {
        self.value = value
        self.kind = kind
        self.typing = typing
    }
}
