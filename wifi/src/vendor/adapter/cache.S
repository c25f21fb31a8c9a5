/* fn(): the cache on again, mapped as at the start of the program. One routine of the RF part turns it off by
 * the mask ROM's function, and comes here from instruction RAM. */
    .section .rwtext.Cache_Read_Enable_New, "ax", @progbits
    .literal_position
    .global Cache_Read_Enable_New
    .type   Cache_Read_Enable_New, @function
    .balign 4
Cache_Read_Enable_New:
    movi    a2, _flash_half
    movi    a3, _flash_pair
    movi    a4, 0
    movi    a8, Cache_Read_Enable
    jx      a8                  /* returns to our caller */
    .size   Cache_Read_Enable_New, . - Cache_Read_Enable_New
