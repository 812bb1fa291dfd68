using System.Runtime.InteropServices;

namespace Geobuk.Tests;

/// <summary>llama.cpp's native library as node-llama-cpp brings it, for its quantizer (Linux x64).</summary>
internal sealed unsafe class LlamaCppLibrary
{
    private const int Lazy = 1, Global = 0x100;

    private readonly nint _llama, _base;

    /// <summary>Loads the libraries of a folder, node_modules/@node-llama-cpp/linux-x64/bins/linux-x64.</summary>
    /// <exception cref="DllNotFoundException">They are not there.</exception>
    public LlamaCppLibrary(string folder)
    {
        // Its libraries find each other by global symbols, not by name.
        _base = Open(Path.Combine(folder, "libggml-base.so"));
        Open(Path.Combine(folder, "libggml-cpu-x64.so"));
        var ggml = Open(Directory.GetFiles(folder, "libggml.v*.so").Concat(Directory.GetFiles(folder, "libggml.so")).First());
        _llama = Open(Directory.GetFiles(folder, "libllama.v*.so").Concat(Directory.GetFiles(folder, "libllama.so")).First());
        var place = Marshal.StringToCoTaskMemUTF8(folder);
        ((delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(ggml, "ggml_backend_load_all_from_path"))((byte*)place);
        Marshal.FreeCoTaskMem(place);
        ((delegate* unmanaged<void>)NativeLibrary.GetExport(_llama, "llama_backend_init"))();
    }

    /// <summary>Quantizes an unquantized GGUF file to a llama_ftype, with the columns' importance by tensor or without.</summary>
    /// <returns>llama.cpp's answer: 0 for success.</returns>
    public uint Quantize(string source, string target, int fileType, int threads, IReadOnlyDictionary<string, float[]>? importance = null)
    {
        var defaults = (delegate* unmanaged<Parameters>)NativeLibrary.GetExport(_llama, "llama_model_quantize_default_params");
        var quantize = (delegate* unmanaged<byte*, byte*, Parameters*, uint>)NativeLibrary.GetExport(_llama, "llama_model_quantize");
        var parameters = defaults();
        (parameters.Threads, parameters.FileType) = (threads, fileType);
        var entries = (importance ?? new Dictionary<string, float[]>()).Select(entry => new ImportanceData
        {
            Name = Marshal.StringToCoTaskMemUTF8(entry.Key),
            Data = GCHandle.Alloc(entry.Value, GCHandleType.Pinned).AddrOfPinnedObject(),
            Size = (nuint)entry.Value.Length,
        }).Append(default).ToArray();
        var (from, to) = (Marshal.StringToCoTaskMemUTF8(source), Marshal.StringToCoTaskMemUTF8(target));
        try
        {
            fixed (ImportanceData* data = entries)
            {
                if (importance is not null) parameters.Importance = data;
                return quantize((byte*)from, (byte*)to, &parameters);
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(from);
            Marshal.FreeCoTaskMem(to);
        }
    }

    /// <summary>One row to blocks of a ggml_type.</summary>
    /// <returns>Bytes written.</returns>
    public nuint QuantizeRow(int type, float[] row, float[]? importance, byte[] data)
    {
        var quantize = (delegate* unmanaged<int, float*, byte*, long, long, long, float*, nuint>)NativeLibrary.GetExport(_base, "ggml_quantize_chunk");
        fixed (float* source = row, weights = importance)
        fixed (byte* target = data)
            return quantize(type, source, target, 0, 1, row.Length, weights);
    }

    /// <summary>Blocks to one row, by the name of the function that does it.</summary>
    public void DequantizeRow(string function, byte[] data, float[] values)
    {
        var dequantize = (delegate* unmanaged<byte*, float*, long, void>)NativeLibrary.GetExport(_base, function);
        fixed (byte* source = data)
        fixed (float* target = values)
            dequantize(source, target, values.Length);
    }

    private static nint Open(string path)
    {
        var handle = OpenLibrary(path, Lazy | Global);
        return handle != 0 ? handle : throw new DllNotFoundException($"{path}: {Marshal.PtrToStringUTF8(LastError())}");
    }

    [DllImport("libc", EntryPoint = "dlopen")]
    private static extern nint OpenLibrary([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "dlerror")]
    private static extern nint LastError();

    /// <summary>llama_model_quantize_params: the fields that are set here, and more room than the rest needs.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Parameters
    {
        [FieldOffset(0)] public int Threads;
        [FieldOffset(4)] public int FileType;
        [FieldOffset(24)] public ImportanceData* Importance;
    }

    /// <summary>llama_model_imatrix_data; a null name ends the list.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ImportanceData
    {
        public nint Name;
        public nint Data;
        public nuint Size;
    }
}
