using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>Writing that survives a kill or a power cut: a file is there as a whole or not at all.</summary>
internal static partial class Durable
{
    /// <summary>Writes an object as indented JSON: a temporary file, fsync, rename.</summary>
    public static void WriteJson<T>(string path, T value) => AtomicFile.WriteText(path, JsonSerializer.Serialize(value, RecipeJson.Options) + "\n");

    /// <summary>Copies a file over another in one stroke.</summary>
    public static void Copy(string from, string to)
    {
        var temporary = $"{to}.{Environment.ProcessId}.tmp";
        File.Copy(from, temporary, overwrite: true);
        File.Move(temporary, to, overwrite: true);
    }

    /// <summary>Forces a file's content to the disk.</summary>
    public static void Flush(string file)
    {
        // Windows flushes only what is open for writing; elsewhere reading suffices and read-only files work too.
        var access = OperatingSystem.IsWindows() ? FileAccess.ReadWrite : FileAccess.Read;
        using var handle = File.OpenHandle(file, FileMode.Open, access, FileShare.ReadWrite);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Forces a folder's names to the disk; Windows does so by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0) throw new IOException($"{folder}: cannot be opened", new Win32Exception(Marshal.GetLastPInvokeError()));
        try
        {
            // File systems that cannot sync a folder say so; there is nothing more to do on those.
            _ = Sync(descriptor);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
