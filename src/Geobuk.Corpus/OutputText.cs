using System.Text;

namespace Geobuk.Corpus;

/// <summary>A text file that appears whole or not at all: temporary file, sync, rename.</summary>
internal sealed class OutputText : IDisposable
{
    private readonly string _path;
    private readonly FileStream _stream;
    private bool _completed;

    public OutputText(string path)
    {
        _path = path;
        _stream = new FileStream(path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
    }

    public void Write(string text) => _stream.Write(Encoding.UTF8.GetBytes(text));

    public void Complete()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_path + ".tmp", _path, overwrite: true);
        _completed = true;
    }

    public void Dispose()
    {
        if (_completed) return;
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // The disk that was too full to write is too full to flush; the file goes anyway.
        }
        File.Delete(_path + ".tmp");
    }
}
