namespace Geobuk.Models.Checkpoints;

/// <summary>Writes that are whole or absent: temporary file beside the target, flush to disk, rename.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream.</summary>
    /// <exception cref="IOException">With the path; the temporary file is gone.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (IOException e) when (!File.Exists(path) || File.Exists(temporary))
        {
            File.Delete(temporary);
            throw new IOException($"{path}: could not be written ({e.Message}). Free space on the disk or choose another folder.", e);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a text file as UTF-8 without byte order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
