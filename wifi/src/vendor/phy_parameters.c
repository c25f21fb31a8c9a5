/* The RF parameters of the user's SDK, under a name of ours. Compiled with the SDK's include path; nothing of
 * the SDK is in this repository. The header asks for settings of the SDK's configuration; these are its
 * defaults: 20 dBm at most, a supply of 3.3 V, and a crystal of 26 MHz.
 */
#define CONFIG_ESP8266_PHY_MAX_WIFI_TX_POWER 20
#define CONFIG_ESP_PHY_INIT_DATA_VDD33_CONST 33
#define ESP8266_XTAL_FLAG 1
#include "esp_private/phy_init_data.h"

/* Copies the 128 bytes. */
void d1_wifi_phy_parameters(unsigned char *to)
{
    for (unsigned i = 0; i < sizeof phy_init_data; i++)
        to[i] = phy_init_data.params[i];
}
