using System.Runtime.InteropServices;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Pages of 2 MB for what is read from end to end. With pages of 4 KB hardware stops looking ahead at the end of each, and a walk
/// through a virtual machine's page tables costs more than the lines themselves.
/// </summary>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes of a page.</summary>
    public const int Size = 2 << 20;
    /// <summary>Memory from so many bytes on is worth it; the allocator keeps smaller pieces for others to use.</summary>
    public const long From = 32 << 20;

    private const long SmallPage = 4096;
    private const int Wanted = 14;

    /// <summary>Asks for large pages before the memory is touched: a wish, without effect where the system has no such call.</summary>
    public static void Ask(void* start, long bytes)
    {
        unchecked
        {
            var first = ((long)start + SmallPage - 1) & -SmallPage;
            var end = (long)start + bytes;
            if (OperatingSystem.IsLinux() && bytes >= From) _ = Advise((void*)first, (nuint)(end - first), Wanted);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
