using System.Net;
using System.Net.Sockets;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>Ports of this machine for servers that tests start.</summary>
internal static class LocalPorts
{
    /// <summary>One that nobody has just now.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether somebody answers there.</summary>
    public static bool Accepts(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
