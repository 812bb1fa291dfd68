using System.Runtime.InteropServices;

namespace Geobuk.Inference.Kernels;

/// <summary>What the threads of a pool share, hot counters on cache lines of their own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 5 * 128)]
internal unsafe struct LoopState
{
    [FieldOffset(128)] public delegate*<void*, int, int, void> Body;
    [FieldOffset(136)] public void* Context;
    /// <summary>Shares of the indices: a worker's each.</summary>
    [FieldOffset(144)] public int Shares;
    [FieldOffset(152)] public long Generation;
    [FieldOffset(160)] public int Open;
    /// <summary>Workers inside the loop.</summary>
    [FieldOffset(256)] public int Active;
    /// <summary>Workers about to sleep or asleep.</summary>
    [FieldOffset(384)] public int Sleepers;
}
