using System.Runtime.InteropServices;

namespace Geobuk.Inference.Weights;

/// <summary>When a file was last changed in any way, its times among it (Linux' ctime): unlike the time of its content nobody can set it back.</summary>
internal static unsafe partial class FileChange
{
    private const int CurrentFolder = -100, Mask = 0x80, Size = 256, SecondsAt = 96, NanosecondsAt = 104;

    /// <summary>The time as a text; empty where the system does not say.</summary>
    public static string Of(string path)
    {
        if (!OperatingSystem.IsLinux()) return "";
        // struct statx is the same for all processors.
        Span<byte> buffer = stackalloc byte[Size];
        try
        {
            fixed (byte* target = buffer)
                if (Read(CurrentFolder, path, 0, Mask, target) != 0) return "";
        }
        catch (EntryPointNotFoundException)
        {
            return "";
        }
        return (MemoryMarshal.Read<uint>(buffer) & Mask) == 0 ? "" : $"{MemoryMarshal.Read<long>(buffer[SecondsAt..])}.{MemoryMarshal.Read<uint>(buffer[NanosecondsAt..])}";
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Read(int folder, string path, int flags, uint mask, byte* target);
}
