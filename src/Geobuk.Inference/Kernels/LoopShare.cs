using System.Runtime.InteropServices;

namespace Geobuk.Inference.Kernels;

/// <summary>The indices of a loop that one worker begins with; on cache lines of their own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct LoopShare
{
    /// <summary>Next index to take; beyond <see cref="End"/> where none is left.</summary>
    [FieldOffset(0)] public int Next;
    /// <summary>One past the last index.</summary>
    [FieldOffset(4)] public int End;
}
