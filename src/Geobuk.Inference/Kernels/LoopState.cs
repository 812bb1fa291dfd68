using System.Runtime.InteropServices;

namespace Geobuk.Inference.Kernels;

/// <summary>What the threads of a pool share, hot counters on cache lines of their own.</summary>
[StructLayout(LayoutKind.Explicit, Size = 6 * 128)]
internal unsafe struct LoopState
{
    [FieldOffset(128)] public delegate*<void*, int, int, void> Body;
    [FieldOffset(136)] public void* Context;
    [FieldOffset(144)] public int Count;
    [FieldOffset(152)] public long Generation;
    [FieldOffset(160)] public int Open;
    /// <summary>Next index to take.</summary>
    [FieldOffset(256)] public int Next;
    /// <summary>Workers inside the loop.</summary>
    [FieldOffset(384)] public int Active;
    /// <summary>Workers about to sleep or asleep.</summary>
    [FieldOffset(512)] public int Sleepers;
}
